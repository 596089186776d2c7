"""The methods, in the order in which they are tried. Imported only when something is solved: the judge needs none."""

from __future__ import annotations

from solver.methods.base import Method, Outcome
from solver.methods.exact import CpSat

METHODS: tuple[Method, ...] = (CpSat(),)

__all__ = ["METHODS", "Method", "Outcome"]
