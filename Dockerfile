# syntax=docker/dockerfile:1
# The service and its workers in one image: `serve` is the default, `worker` is the other command.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# without pip in it: nothing is installed where it runs
RUN python -m venv --without-pip /opt/plumbline
WORKDIR /source
COPY requirements-run.lock ./
RUN pip --python /opt/plumbline/bin/python install --require-hashes --only-binary=:all: --requirement requirements-run.lock
COPY pyproject.toml README.md LICENSE ./
COPY scenarios scenarios
COPY solver solver
COPY api api
RUN pip --python /opt/plumbline/bin/python install --no-deps .

FROM python:3.11-slim
# the base image brings pip; whoever gets in finds nothing to install with
RUN rm -rf /usr/local/lib/python3.11/site-packages/* /usr/local/lib/python3.11/ensurepip /usr/local/bin/pip* \
    && groupadd --gid 10001 plumbline \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin plumbline \
    && install -d -o plumbline -g plumbline -m 0700 /var/lib/plumbline
COPY --from=build /opt/plumbline /opt/plumbline
ENV PATH=/opt/plumbline/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp \
    PLUMBLINE_DATABASE=/var/lib/plumbline/plumbline.db \
    PLUMBLINE_LOG_FORMAT=json
# these two alone are written to: the root file system can be read-only
VOLUME ["/var/lib/plumbline", "/tmp"]
WORKDIR /var/lib/plumbline
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["plumbline"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
