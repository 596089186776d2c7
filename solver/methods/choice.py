"""The methods in the order in which they are tried. Imported only when something is solved."""

from __future__ import annotations

from solver.methods.base import Method, Outcome
from solver.methods.exact import CpSat
from solver.methods.flow import Flow
from solver.methods.matching import Matching
from solver.methods.priced import PricedMethod
from solver.methods.rounding import Rounding

METHODS: tuple[Method, ...] = (Matching(), Flow(), CpSat(), Rounding(), PricedMethod())

__all__ = ["METHODS", "Method", "Outcome"]
