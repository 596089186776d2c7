"""Receipts: what a plan was made from and what was made, as digests, so that any later change is evident.

The layout is that of an in-toto Statement v1, the files being its subjects, so that a receipt can be signed as it is
(DSSE) by whoever keeps keys. Canonical JSON is that of RFC 8785, which can be recomputed in any language. A receipt
that nobody signed shows that nothing was changed since, by accident or piecemeal; it does not say who wrote it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import rfc8785
from pydantic import Field

from api.files import OURS, RECEIPT, Part, PlanFault, PlanHead, read_document
from scenarios.model import Scenario
from solver.check import Claim
from solver.limits import Limits

STATEMENT = "https://in-toto.io/Statement/v1"
KIND = "urn:plumbline:receipt:v1"
OWN_DIGEST = "receipt_sha256"
BYTES_OF, NOT_THERE = "bytes of ", "none"

CLAIMED = (
    "status",
    "stopped_by",
    "objective",
    "bound",
    "gap",
    "bound_by",
    "certified_bound",
    "method",
    "seed",
    "versions",
    "scenario_sha256",
)
"""Fields of `plan.json` that a receipt repeats."""


class _Subject(Part):
    name: str
    digest: dict[str, str]


class _Predicate(Part):
    scenario_sha256: str
    policy_sha256: str


class _Statement(Part):
    type_: str = Field(alias="_type")
    subject: list[_Subject]
    predicate_type: str = Field(alias="predicateType")
    predicate: _Predicate
    receipt_sha256: str


@dataclass(frozen=True)
class Receipt:
    """A receipt as it stands: the whole document, and the parts of it that are looked at."""

    document: dict[str, Any]
    files: dict[str, str]
    """The SHA-256 of each file, by name."""
    scenario_sha256: str
    policy_sha256: str

    def own_claim(self) -> Claim:
        """Judge whether the receipt is as it was written."""
        claimed, found = self.document[OWN_DIGEST], own_digest(self.document)
        return Claim("receipt", claimed[:12], found[:12], claimed == found, "receipt")

    def claims(self, folder: Path, scenario: Scenario, head: PlanHead) -> Iterator[Claim]:
        """Judge a receipt against the files beside it, and against a scenario.

        Parameters
        ----------
        folder : Path
            Of the plan.
        scenario : Scenario
            The one that the plan is said to be of.
        head : PlanHead
            What `plan.json` says.
        """
        yield self.own_claim()
        found_files = file_digests(folder)
        same = sum(found_files.get(name) == digest for name, digest in self.files.items())
        yield Claim("receipt files", len(self.files), same, same == len(self.files), "files")
        for name in sorted(self.files.keys() | found_files.keys()):
            claimed, found = self.files.get(name, NOT_THERE), found_files.get(name, NOT_THERE)
            if claimed != found:
                yield Claim(f"{BYTES_OF}{name}", claimed[:12], found[:12], False, "files")
        for name, claimed, found in (
            ("receipt scenario", self.scenario_sha256, scenario.sha256()),
            ("receipt policy", self.policy_sha256, policy_digest(scenario)),
        ):
            yield Claim(name, claimed[:12], found[:12], claimed == found, "scenario")
        predicate, plan = self.document["predicate"], _dumped(head)
        wrong = [name for name in CLAIMED if name not in predicate or predicate[name] != plan[name]]
        yield Claim("receipt figures", "as written", ", ".join(wrong) or "as written", not wrong, "plan")


def receipt_of(
    files: Mapping[str, str],
    scenario: Scenario,
    document: Mapping[str, Any],
    limits: Limits | Mapping[str, Any] | None,
    written: str = "",
) -> dict[str, Any]:
    """Return the receipt of a plan, JSON-ready.

    Parameters
    ----------
    files : mapping
        The SHA-256 of each file, in hexadecimal, by name.
    scenario : Scenario
    document : mapping
        What `plan.json` says.
    limits : Limits or mapping, optional
        What the solve was limited to.
    written : str
        Moment in UTC, ISO 8601; by default now.
    """
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(files.items())],
        "predicateType": KIND,
        "predicate": {
            **{name: document[name] for name in CLAIMED},
            "policy_sha256": policy_digest(scenario),
            "limits": asdict(limits) if isinstance(limits, Limits) else limits,
            "written": written or datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }
    return {**statement, OWN_DIGEST: own_digest(statement)}


def read_receipt(path: Path) -> Receipt:
    """Return the receipt in a file.

    Raises
    ------
    PlanFault
        If it is missing, or is no receipt.
    """
    if not path.exists():
        raise PlanFault("no receipt", path)
    parts = read_document(path.parent, path.name, _Statement)
    try:
        document = orjson.loads(path.read_bytes())
        own_digest(document)
    except ValueError as fault:
        raise PlanFault("damaged", path.parent, file=path.name, why=fault) from fault
    if (parts.type_, parts.predicate_type) != (STATEMENT, KIND):
        raise PlanFault("damaged", path.parent, file=path.name, why=f"{parts.type_} {parts.predicate_type}")
    files = {subject.name: subject.digest.get("sha256", "") for subject in parts.subject}
    return Receipt(document, files, parts.predicate.scenario_sha256, parts.predicate.policy_sha256)


def own_digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a receipt in canonical JSON, without the field that holds it.

    Raises
    ------
    ValueError
        If it holds a number that JSON cannot keep.
    """
    return _sha256({name: value for name, value in document.items() if name != OWN_DIGEST})


def policy_digest(scenario: Scenario) -> str:
    """Return the SHA-256 of the rules and goals of a scenario, in canonical JSON."""
    document = scenario.document()
    return _sha256({name: document[name] for name in ("goals", "rules")})


def file_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a plan's folder, but for its receipt; the files of others are left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and name.parts[0] in OURS - {RECEIPT}:
            with path.open("rb") as stream:
                found[name.as_posix()] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def _sha256(content: Any) -> str:
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def _dumped(head: PlanHead) -> dict[str, Any]:
    dumped: dict[str, Any] = head.model_dump(mode="json")
    return dumped
