"""What is shipped: image, compose file and manifests say what they should, as far as can be told by reading them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from api.settings import Settings

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
SETTINGS = {f"PLUMBLINE_{name.upper()}" for name in Settings.model_fields}
WRITABLE = {"/tmp", "/var/lib/plumbline"}


def known(variable: str) -> bool:
    return not variable.startswith("PLUMBLINE_") or variable in SETTINGS or variable.removesuffix("_FILE") in SETTINGS


def set_by(environment: dict[str, str]) -> Settings:
    """Return the settings that an environment gives, without what is in files."""
    ours = {name: value for name, value in environment.items() if name in SETTINGS}
    return Settings(**{name.removeprefix("PLUMBLINE_").lower(): value for name, value in ours.items()})


# -- image ------------------------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile, with lines put together."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for word, rest in instructions():
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest))
    return found


def test_the_last_stage_is_small_and_harmless() -> None:
    _, last = stages()
    given = dict(last)
    assert given["FROM"].startswith("python:3.11-slim")
    assert given["USER"] == "10001:10001"
    assert not any(re.search(r"\b(pip|apt-get|gcc|uv) .*install\b", rest) for word, rest in last if word == "RUN")
    assert set(yaml.safe_load(given["VOLUME"])) == WRITABLE
    assert given["HEALTHCHECK"].startswith("--interval=") and "/healthz" in given["HEALTHCHECK"]
    assert [rest for word, rest in last if word == "COPY"] == ["--from=build /opt/plumbline /opt/plumbline"]
    order = [word for word, _ in last]
    assert order.index("USER") > max(k for k, word in enumerate(order) if word == "RUN")
    environment = dict(part.split("=", 1) for part in given["ENV"].split())
    assert all(known(name) for name in environment)
    assert set_by(environment).database.startswith(tuple(WRITABLE))


def test_what_is_installed_is_pinned() -> None:
    first, _ = stages()
    commands = [rest for word, rest in first if word == "RUN"]
    (locked,) = [command for command in commands if "requirements-run.lock" in command]
    assert "--require-hashes" in locked and "--only-binary=:all:" in locked
    assert "--no-deps" in commands[-1]
    lock = (ROOT / "requirements-run.lock").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE))
    blocks = re.split(r"\n(?=\S)", lock.strip())
    assert all("--hash=sha256:" in block for block in blocks if "==" in block.splitlines()[0])
    assert {"fastapi", "ortools", "psycopg", "opentelemetry-sdk"} <= pinned.keys()
    assert not {"pytest", "ruff", "mypy", "hypothesis", "coverage", "schemathesis"} & pinned.keys()
    everything = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    tested = set(re.findall(r"^([a-z0-9._-]+==[^\s;\\]+)", everything, re.MULTILINE))
    run = set(re.findall(r"^([a-z0-9._-]+==[^\s;\\]+)", lock, re.MULTILINE))
    assert run <= tested, "what runs has other versions than what is tested: run `make lock`"


def test_what_is_copied_is_there_and_let_in() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = {source for word, rest in stages()[0] if word == "COPY" for source in rest.split()[:-1]}
    assert sources == allowed and all((ROOT / source).exists() for source in sources)


@pytest.mark.parametrize("command", [["serve", "--host", "0.0.0.0", "--port", "8000"], ["worker"], ["keys", "create"]])
def test_its_commands_exist(command: list[str]) -> None:
    words = [word for word in command if not word.startswith("-") and not word[0].isdigit()]
    told = subprocess.run(
        [sys.executable, "-m", "api.cli", *words, "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        cwd=ROOT,
    )
    assert told.returncode == 0, told.stderr
    assert all(option in told.stdout for option in command if option.startswith("--"))


def test_the_entry_is_what_is_installed() -> None:
    given = dict(stages()[1])
    assert yaml.safe_load(given["ENTRYPOINT"]) == ["plumbline"]
    assert yaml.safe_load(given["CMD"])[0] == "serve"
    assert 'plumbline = "api.cli:main"' in (ROOT / "pyproject.toml").read_text()


# -- compose ----------------------------------------------------------------------------------------------------


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return document


def test_one_server_two_workers_and_a_database() -> None:
    services = compose()["services"]
    assert set(services) == {"database", "server", "worker"}
    assert services["worker"]["command"] == ["worker"] and services["worker"]["deploy"]["replicas"] == 2
    assert services["database"]["image"].startswith("postgres:")
    assert all(port.startswith("127.0.0.1:") for port in services["server"]["ports"])
    assert "ports" not in services["database"] and "ports" not in services["worker"]


@pytest.mark.parametrize("name", ["server", "worker"])
def test_services_are_closed(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"] and service["tmpfs"] == ["/tmp"]
    assert all(known(variable) for variable in service["environment"])
    settings = set_by(service["environment"])
    assert settings.solvers == (0 if name == "server" else 1)
    assert float(service["stop_grace_period"].removesuffix("s")) > settings.drain
    assert settings.memory_bytes * settings.solvers < int(service["mem_limit"].removesuffix("g")) << 30
    assert (settings.memory_bytes > 0) is (settings.solvers > 0)


def test_secrets_are_in_files() -> None:
    document = compose()
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert not re.search(r"postgres(ql)?://|PASSWORD:\s", text)
    for service in document["services"].values():
        for name, value in service.get("environment", {}).items():
            if name.endswith("_FILE"):
                assert Path(value).parent == Path("/run/secrets") and Path(value).name in service["secrets"]
        assert set(service.get("secrets", [])) <= document["secrets"].keys()
    folders = {Path(secret["file"]).parts[0] for secret in document["secrets"].values()}
    assert folders == {"secrets"} and "/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert all(f"secrets/{name}" in told for name in document["secrets"])


# -- kubernetes -------------------------------------------------------------------------------------------------


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(KUBERNETES.glob("*.yaml")):
        if path.name != "kustomization.yaml":
            for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
                yield path.name, document


MANIFESTS = [document for _, document in manifests()]
DEPLOYMENTS = {m["metadata"]["name"]: m for m in MANIFESTS if m["kind"] == "Deployment"}


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda m: f"{m['kind']}-{m['metadata']['name']}")
@pytest.mark.parametrize("version", ["1.30", kubernetes_validate.latest_version()])
def test_manifests_are_valid(manifest: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_everything_is_applied() -> None:
    document = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))
    assert set(document["resources"]) == {name for name, _ in manifests()}
    assert {m["kind"] for m in MANIFESTS} == {
        "Deployment",
        "Service",
        "PodDisruptionBudget",
        "HorizontalPodAutoscaler",
        "NetworkPolicy",
        "Secret",
    }


def test_what_scales_by_itself_has_no_number() -> None:
    scaled = {m["spec"]["scaleTargetRef"]["name"] for m in MANIFESTS if m["kind"] == "HorizontalPodAutoscaler"}
    assert scaled == set(DEPLOYMENTS)
    assert not any("replicas" in DEPLOYMENTS[name]["spec"] for name in scaled)


def test_labels_find_each_other() -> None:
    pods = {name: d["spec"]["template"]["metadata"]["labels"] for name, d in DEPLOYMENTS.items()}

    def found(selector: dict[str, str]) -> set[str]:
        return {name for name, labels in pods.items() if selector.items() <= labels.items()}

    for manifest in MANIFESTS:
        spec, name = manifest.get("spec", {}), manifest["metadata"]["name"]
        match manifest["kind"]:
            case "Deployment":
                assert found(spec["selector"]["matchLabels"]) == {name}
            case "Service":
                assert found(spec["selector"]) == {"plumbline-server"}
            case "PodDisruptionBudget":
                assert found(spec["selector"]["matchLabels"]) == {name}
            case "NetworkPolicy":
                assert found(spec["podSelector"]["matchLabels"])
            case "HorizontalPodAutoscaler":
                assert spec["scaleTargetRef"]["name"] == name and name in pods
                assert spec["minReplicas"] >= 2


@pytest.mark.parametrize("name", sorted(DEPLOYMENTS))
def test_pods_are_closed(name: str) -> None:
    pod = DEPLOYMENTS[name]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False  # they would look like settings
    closed = container["securityContext"]
    assert closed["readOnlyRootFilesystem"] and not closed["allowPrivilegeEscalation"]
    assert closed["capabilities"]["drop"] == ["ALL"]
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    assert {path for path, mount in mounts.items() if not mount.get("readOnly")} == WRITABLE
    assert {"requests", "limits"} <= container["resources"].keys() and "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("name", sorted(DEPLOYMENTS))
def test_settings_exist_and_secrets_are_in_files(name: str) -> None:
    (container,) = DEPLOYMENTS[name]["spec"]["template"]["spec"]["containers"]
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    assert all(known(variable) for variable in environment)
    (secret,) = [m for m in MANIFESTS if m["kind"] == "Secret"]
    place = Path(environment["PLUMBLINE_DATABASE_FILE"])
    assert place.name in secret["stringData"] and "CHANGE-ME" in secret["stringData"][place.name]
    settings = set_by(environment)
    assert DEPLOYMENTS[name]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > settings.drain
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    if name == "plumbline-worker":
        assert ports == {"metrics": settings.metrics_port} and settings.solvers > 0
        limit = int(container["resources"]["limits"]["memory"].removesuffix("Gi")) << 30
        assert 0 < settings.memory_bytes * settings.solvers < limit
    else:
        assert ports["http"] == int(container["args"][container["args"].index("--port") + 1])


def test_probes_ask_for_what_there_is(own_client: Any) -> None:
    client = own_client(solvers=0)
    (container,) = DEPLOYMENTS["plumbline-server"]["spec"]["template"]["spec"]["containers"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert client.get(container[probe]["httpGet"]["path"]).status_code == 200, probe
    annotations = DEPLOYMENTS["plumbline-server"]["spec"]["template"]["metadata"]["annotations"]
    assert client.get(annotations["prometheus.io/path"]).status_code == 200


# -- settings from files ----------------------------------------------------------------------------------------


def test_a_setting_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "database"
    secret.write_text("postgresql://plumbline:hunter2@database/plumbline\n")
    monkeypatch.setenv("PLUMBLINE_DATABASE_FILE", str(secret))
    monkeypatch.setenv("PLUMBLINE_DATABASE", "of-the-image.db")
    monkeypatch.setenv("PLUMBLINE_SOLVERS", "7")
    settings = Settings()
    assert settings.database == "postgresql://plumbline:hunter2@database/plumbline" and settings.solvers == 7
    assert "hunter2" not in repr(settings)
    assert Settings(database="given.db").database == "given.db"
    secret.unlink()
    with pytest.raises(OSError, match="No such file"):
        Settings()
    from api.commands.serving import settings_of
    from api.commands.terminal import Refusal

    with pytest.raises(Refusal, match="a setting cannot be read"):
        settings_of()


def test_all_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from api.commands.serving import settings_of
    from api.commands.terminal import Refusal

    wrong = {"SOLVERS": "many", "DRAIN": "-1", "OPEN": "maybe", "RATE": "fast", "WEBHOOK_NETWORKS": "nowhere"}
    for name, value in wrong.items():
        monkeypatch.setenv(f"PLUMBLINE_{name}", value)
    with pytest.raises(Refusal) as refused:
        settings_of()
    assert set(re.findall(r"(PLUMBLINE_\w+): ", refused.value.line)) == {f"PLUMBLINE_{name}" for name in wrong}
    assert "Value error" not in refused.value.line


def test_the_address_to_listen_at_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    from api.commands.serving import run_service
    from api.commands.terminal import Refusal

    monkeypatch.setenv("PLUMBLINE_HOST", "0.0.0.0")
    monkeypatch.setenv("PLUMBLINE_OPEN", "0")
    with pytest.raises(Refusal, match=r"^0\.0\.0\.0 can be reached"):
        run_service(0, host=None, database=":memory:")


def test_a_misspelt_setting_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from api.settings import strangers

    for name in ("PLUMBLINE_SOLVERS", "plumbline_drain", "PLUMBLINE_DATABASE_FILE", "PLUMBLINE_URL"):
        monkeypatch.setenv(name, "1")
    before = strangers()
    monkeypatch.setenv("PLUMBLINE_SOLVRES", "1")
    monkeypatch.setenv("PLUMBLINE_QUEU_FILE", "1")
    assert set(strangers()) - set(before) == {"PLUMBLINE_SOLVRES", "PLUMBLINE_QUEU_FILE"}
    assert not set(before) & SETTINGS


# -- documentation ----------------------------------------------------------------------------------------------


def test_every_setting_that_is_spoken_of_exists() -> None:
    for page in ("operations.md", "client.md", "webhooks.md", "api.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        spoken = set(re.findall(r"\bPLUMBLINE_[A-Z_]+[A-Z]\b", text)) - {"PLUMBLINE_URL", "PLUMBLINE_API_KEY"}
        assert not {name for name in spoken if not known(name)}, page


def test_every_arrow_is_explained() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (diagram,) = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    drawn = re.findall(r"(\S+) --> (\S+): ([A-Z])", diagram)
    assert {letter for *_, letter in drawn} == set(re.findall(r"^\| ([A-Z]) \|", text, re.MULTILINE))
    from api.store.records import FINAL

    states = {state for source, target, _ in drawn for state in (source, target)} - {"[*]"}
    assert states == {"queued", "running", *FINAL}
    assert not any(source in FINAL and target != "[*]" for source, target, _ in drawn)  # these are never left


def test_the_backup_that_is_documented_restores(tmp_path: Path) -> None:
    from api.store import open_store
    from tests.api.test_metrics import RUN

    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^python3 (-c .*VACUUM INTO.*)$", text, re.MULTILINE)
    store = open_store(str(tmp_path / "plumbline.db"))
    store.of("a").add_run(RUN)  # is in the log beside the file, and not in the file itself
    subprocess.run(f"{sys.executable} {command}", shell=True, check=True, cwd=tmp_path)
    store.close()
    for path in tmp_path.glob("plumbline.db*"):
        path.unlink()
    (tmp_path / "backup.db").rename(tmp_path / "plumbline.db")
    restored = open_store(str(tmp_path / "plumbline.db"))
    assert restored.of("a").run(RUN.id) is not None
    restored.close()
