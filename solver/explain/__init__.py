"""Explanations: records of codes and numbers first, sentences in English and Chinese second."""

from __future__ import annotations

from solver.explain.explainer import Explainer, explain
from solver.explain.names import UnknownName
from solver.explain.sentences import sentence

__all__ = ["Explainer", "UnknownName", "explain", "sentence"]
