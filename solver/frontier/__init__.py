"""The frontier: plans along the fairness band of a metric, from no band to the fairest plan."""

from __future__ import annotations

from solver.frontier.curve import POINTS, Step, frontier
from solver.frontier.question import FrontierFault, Question, question
from solver.frontier.record import COLUMNS, Frontier, table_of
from solver.frontier.sentences import Record, sentences

__all__ = [
    "COLUMNS",
    "POINTS",
    "Frontier",
    "FrontierFault",
    "Question",
    "Record",
    "Step",
    "frontier",
    "question",
    "sentences",
    "table_of",
]
