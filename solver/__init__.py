"""The maths: a scenario in, a proved and explained plan out. Pure: no files, no network."""

from __future__ import annotations

from solver.check import check, judge
from solver.explain import Explainer, explain
from solver.limits import Limits, Progress
from solver.problem import LoadRows, Problem, load_rows
from solver.result import Plan, Result
from solver.solve import solve

__all__ = [
    "Explainer",
    "Limits",
    "LoadRows",
    "Plan",
    "Problem",
    "Progress",
    "Result",
    "check",
    "explain",
    "judge",
    "load_rows",
    "solve",
]
