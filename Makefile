# Everything a newcomer needs: `make demo`, then `make test`. The environment is .venv, from requirements.lock.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test coverage lint serve bench docs lock clean

demo: .venv/ready
	$(BIN)/python -m api.demo

# Three at once also on two cores: tests of many processes wait a good part of their time.
test: .venv/ready
	$(BIN)/python -m pytest --numprocesses 3 --dist worksteal

coverage: .venv/ready
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses 3 --dist worksteal
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: .venv/ready
	$(BIN)/plumbline serve

# Every benchmark that takes minutes; what takes hours is in docs/benchmarks.md.
bench: .venv/bench
	$(BIN)/python -m benchmarks

docs: .venv/ready
	$(BIN)/python -m api.reference docs

# uv comes into the environment itself, so that a bare Python is enough.
.venv/ready: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.13,<0.14"
	$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

# Other solvers and plots, for benchmarks only, on top of the environment.
.venv/bench: .venv/ready requirements-bench.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements-bench.lock
	touch $@

# Pinned versions with hashes, for every platform; no addresses, so that it works behind any mirror. What only runs the
# service, as its image does, has a lock of its own.
lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--group dev --extra telemetry pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra telemetry --constraint requirements.lock pyproject.toml -o requirements-run.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--group bench --constraint requirements.lock -o requirements-bench.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
