"""No rule, goal or method can be half-added."""

from __future__ import annotations

import inspect

import pytest

from scenarios.goals import GOAL_KINDS
from scenarios.rules import RULE_KINDS
from scenarios.texts import Text
from solver.goals import GOAL_MATHS, GoalMaths
from solver.goals.base import TermGoal
from solver.methods.choice import METHODS
from solver.rules import RULE_MATHS, RuleMaths
from tests import strategies
from tests.oracle import Oracle

OWN = ("unit", "blocks", "breach")


def test_every_word_has_its_maths() -> None:
    assert RULE_MATHS.keys() == RULE_KINDS.keys()
    assert GOAL_MATHS.keys() == GOAL_KINDS.keys()


@pytest.mark.parametrize("kind", RULE_KINDS)
def test_a_rule_has_parts_a_judge_and_sentences(kind: str) -> None:
    maths = type(RULE_MATHS[kind])
    for name in ("parts", "judge"):
        assert getattr(maths, name) is not getattr(RuleMaths, name)
        assert inspect.getdoc(getattr(maths, name))
    for name in OWN:
        text = getattr(maths, name)
        assert isinstance(text, Text)
        assert text.en
        assert text.zh
        assert text.fields()[0] == text.fields()[1]


@pytest.mark.parametrize("kind", RULE_KINDS)
def test_the_judge_of_a_rule_does_not_look_at_its_rows(kind: str) -> None:
    source = inspect.getsource(type(RULE_MATHS[kind]).judge)
    assert "parts(" not in source
    assert "LoadRows" not in source


@pytest.mark.parametrize("kind", GOAL_KINDS)
def test_a_goal_has_parts_points_and_a_word(kind: str) -> None:
    maths = type(GOAL_MATHS[kind])
    if issubclass(maths, TermGoal):
        assert maths.values is not TermGoal.values
    else:
        assert maths.parts is not GoalMaths.parts
        assert maths.points is not GoalMaths.points
    assert GOAL_MATHS[kind].label.en
    assert GOAL_MATHS[kind].label.zh


@pytest.mark.parametrize("kind", [*RULE_KINDS, *GOAL_KINDS])
def test_brute_force_knows_the_kind_and_hypothesis_draws_it(kind: str) -> None:
    name = f"rule_{kind}" if kind in RULE_KINDS else f"goal_{kind}"
    assert callable(getattr(Oracle, name))
    model = (RULE_KINDS | GOAL_KINDS)[kind].__name__
    drawn = "".join(map(inspect.getsource, (strategies.any_rule, strategies.any_pieces, strategies.any_goal)))
    assert f".{model}," in drawn


def test_methods_have_names_of_their_own_and_the_last_takes_anything() -> None:
    names = [method.name for method in METHODS]
    assert names == ["matching", "flow", "cpsat", "rounding", "priced"]
    for method in METHODS:
        assert inspect.getdoc(type(method))
