"""What is asked: the language of leads, reps, rules and goals, its formats, checks and examples."""

from scenarios.formats.limits import ReadLimits
from scenarios.issues import Issue, ScenarioError, Severity, Where
from scenarios.model import Lead, Rep, Scenario
from scenarios.reading import Reading, load, load_bytes, read
from scenarios.validate import validate
from scenarios.writing import table_as_bytes, write, write_template

__all__ = [
    "Issue",
    "Lead",
    "ReadLimits",
    "Reading",
    "Rep",
    "Scenario",
    "ScenarioError",
    "Severity",
    "Where",
    "load",
    "load_bytes",
    "read",
    "table_as_bytes",
    "validate",
    "write",
    "write_template",
]
