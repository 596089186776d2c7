"""Contenders on instances so small that every plan can be tried, and the plain arrays they are given."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from benchmarks.contenders import CONTENDERS
from benchmarks.contenders.dealing import BestFit, RoundRobin
from benchmarks.contenders.model import linear, solution
from benchmarks.contenders.whole import whole_rows, whole_scores
from benchmarks.families import make
from benchmarks.gap import problem_of
from benchmarks.gap_files import GapInstance
from benchmarks.instance import Instance, Pairs, Rows, TooLargeError, UnsuitedError
from benchmarks.race import Begun, Race, Step, enter, race
from solver import Problem, load_rows

SOFT, COUNTS, MATCHING = "cycle-4x3", "counts-5x3", "matching-4x4"
NOWHERE = Path("nowhere")


@cache
def best_points(name: str) -> float:
    """Return the points of the best plan that the judge passes, after trying them all."""
    instance = make(name, 1)
    verdicts = (
        instance.judge(np.array(owner)) for owner in product(range(-1, instance.problem.m), repeat=instance.problem.n)
    )
    return max(verdict.objective for verdict in verdicts if not verdict.broken)


def steps_of(contender: str, name: str, limit: float = 5.0) -> list[Step]:
    """Run a contender here, and return what it told."""
    told: list[Begun | Step] = []
    end = enter(contender, Race(make(name, 1), limit, 1, 0.0, told.append))
    assert (end.status, end.reason) == ("done", "")
    assert end.peak_bytes > 2**20
    return [step for step in told if isinstance(step, Step)]


def test_every_contender_is_a_module() -> None:
    modules = {name: f"benchmarks.contenders.{name.replace('-', '_')}" for name in CONTENDERS}
    assert [name for name, module in modules.items() if find_spec(module) is None] == []


@pytest.mark.parametrize(
    ("contender", "name"),
    [
        ("plumbline", SOFT),
        ("plumbline", COUNTS),
        ("cpsat", SOFT),
        ("cpsat", COUNTS),
        ("cpsat", MATCHING),
        ("flow", COUNTS),
        ("flow", MATCHING),
        ("matching", MATCHING),
    ],
)
def test_exact_contenders_find_the_best_plan_and_prove_it(contender: str, name: str) -> None:
    steps = steps_of(contender, name)
    owner = [step.owner for step in steps if step.owner is not None][-1]
    verdict = make(name, 1).judge(owner.astype(np.int64))
    assert verdict.broken == ()
    assert verdict.objective == pytest.approx(best_points(name), abs=1e-4)
    bound = min(step.bound for step in steps if step.bound is not None)
    assert best_points(name) - 1e-6 <= bound <= best_points(name) + 0.07  # a hundredth for each end of a soft row
    told = [step.objective for step in steps if step.objective is not None]
    assert told[-1] == pytest.approx(verdict.objective, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("contender", "package"), [("highs", "highspy"), ("scip", "pyscipopt"), ("timefold", "timefold")]
)
@pytest.mark.parametrize("name", [SOFT, COUNTS])
def test_contenders_with_packages_of_their_own_tell_the_truth(contender: str, package: str, name: str) -> None:
    if find_spec(package) is None or (contender == "timefold" and shutil.which("javac") is None):
        pytest.skip(f"needs {package}, which `make bench` installs")
    finish = race(contender, name, 1, 3.0, 0.0, NOWHERE)  # a process of its own: not every engine bears OR-Tools
    assert (finish.end.status, finish.end.reason) == ("done", "")
    assert finish.owner is not None
    verdict = make(name, 1).judge(finish.owner)
    told = [step.objective for step in finish.steps if step.objective is not None]
    assert (verdict.broken, verdict.objective) == ((), pytest.approx(told[-1], abs=1e-4))
    if contender == "timefold":  # local search: it may end anywhere, and proves nothing
        assert verdict.objective <= best_points(name) + 1e-6
    else:
        assert (verdict.objective, finish.bound) == (pytest.approx(best_points(name), abs=1e-4),) * 2


def test_the_scoring_pass_is_a_bound() -> None:
    (step,) = steps_of("scoring", SOFT)
    assert step.bound is not None
    assert step.bound >= best_points(SOFT)


@pytest.mark.parametrize("contender", ["round-robin", "greedy"])
def test_dealers_break_nothing_that_has_only_upper_bounds(contender: str) -> None:
    (step,) = steps_of(contender, COUNTS)
    assert step.owner is not None
    verdict = make(COUNTS, 1).judge(step.owner.astype(np.int64))
    assert verdict.broken == ()
    assert 0 < verdict.objective <= best_points(COUNTS) + 1e-9


def plain(problem: Problem) -> Instance:
    return Instance("plain", problem)


def test_round_robin_deals_in_turn_and_passes_over_who_cannot() -> None:
    eligible = np.ones((5, 3), dtype=bool)
    eligible[1, 1] = False
    problem = Problem.from_arrays(
        np.ones((5, 3)), eligible=eligible, rows=(load_rows(np.ones((5, 3)), upper=[1, 3, 2]),)
    )
    # lead 1 passes over rep 1; lead 2 begins after rep 2, at rep 0, who is full by then
    assert RoundRobin(plain(problem)).deal().tolist() == [0, 2, 1, 2, 1]


def test_greedy_takes_the_best_lead_first_and_meets_lower_bounds_first() -> None:
    score = np.array([[9.0, 8.0], [10.0, 1.0], [3.0, 2.0], [-1.0, -2.0]])
    free = Problem.from_arrays(score, rows=(load_rows(np.ones((4, 2)), upper=[1, 3]),))
    # lead 1 (10) takes rep 0's only place; lead 3 gains nothing anywhere
    assert BestFit(plain(free)).deal().tolist() == [1, 0, 1, -1]
    floor = Problem.from_arrays(score, rows=(load_rows(np.ones((4, 2)), upper=3, lower=[0, 1]),))
    # lead 1 comes first and goes to rep 1, who needs one; then everybody goes where they score best
    assert BestFit(plain(floor)).deal().tolist() == [0, 1, 0, -1]


def test_required_leads_are_dealt_even_at_a_loss() -> None:
    problem = Problem.from_arrays(
        -np.array([[3.0, 1.0], [2.0, 5.0]]), rows=(load_rows(np.ones((2, 2)), upper=2),), required=True
    )
    assert BestFit(plain(problem)).deal().tolist() == [1, 0]


def test_an_instance_that_is_too_large_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLargeError, match="up to 36 pairs"):
        make("counts-12x3", 1).pairs(1)
    monkeypatch.setattr("benchmarks.contenders.flow.MOST_PAIRS", 3)
    told: list[Begun | Step] = []
    end = enter("flow", Race(make("counts-6x3", 1), 1.0, 1, 0.0, told.append))
    assert (end.status, told) == ("too large", [])
    assert "more than 3" in end.reason


def test_a_model_that_cannot_hold_all_pairs_gets_the_near_ones_and_proves_nothing() -> None:
    instance = make("matching-5x40", 1)
    told: list[Begun | Step] = []
    race = Race(instance, 1.0, 1, 0.0, told.append)
    assert len(race.pairs(200)) == 200
    race.tell(bound=1.0)
    near = race.pairs(100)
    race.tell(bound=1.0)
    assert [step.bound for step in told if isinstance(step, Step)] == [1.0, None]
    everything = instance.pairs(200)
    table = everything.score.reshape(5, 40)
    for lead in range(5):
        mine = near.rep[near.lead == lead]
        assert set(np.argsort(-table[lead])[:10]) <= set(mine)  # the ten best, and up to ten by chance
        assert 10 < len(mine) <= 20
    assert (near.score == table[near.lead, near.rep]).all()
    with pytest.raises(TooLargeError, match="more than 49"):
        race.pairs(49)


def test_what_a_method_cannot_state_is_said() -> None:
    told: list[Begun | Step] = []
    end = enter("flow", Race(make(SOFT, 1), 1.0, 1, 0.0, told.append))
    assert (end.status, told) == ("unsuited", [])
    end = enter("matching", Race(make(COUNTS, 1), 1.0, 1, 0.0, told.append))
    assert end.status == "unsuited"
    with pytest.raises(UnsuitedError):
        make("realistic-20x5", 1).pairs(1000)


def random_pairs(seed: int) -> Pairs:
    """Return an instance with hard and soft rows, of which one has amounts that no decimal scale makes whole."""
    rng = np.random.default_rng(seed)
    score, hours, value = rng.normal(1, 1, (6, 3)), rng.integers(1, 5, (6, 3)), rng.random((6, 3)) / 3
    rows = (
        load_rows(hours, upper=[6, 5, 7], metric="hours"),
        load_rows(value, lower=0.2, upper=[0.3, 0.4, np.inf], rate=2.5, metric="value"),
    )
    return plain(Problem.from_arrays(score, eligible=rng.random((6, 3)) < 0.8, rows=rows)).pairs(100)


@pytest.mark.parametrize("seed", range(5))
def test_the_linear_model_says_the_same_as_the_arrays(seed: int) -> None:
    pairs, rng = random_pairs(seed), np.random.default_rng(seed)
    model = linear(pairs)
    for _ in range(20):
        chosen = pairs.chosen(rng.integers(-1, 3, 6))
        value = solution(model, chosen)
        assert model.offset + model.cost @ value == pytest.approx(pairs.points(chosen))
        activity = model.matrix @ value
        holds = ((activity >= model.low - 1e-9) & (activity <= model.high + 1e-9)).all()
        hours = np.bincount(pairs.rep[chosen], pairs.rows[0].amount[chosen], 3)
        assert holds == bool((hours <= [6, 5, 7]).all())


@pytest.mark.parametrize("rate", [2.5, np.inf])
def test_whole_rows_are_exact_where_they_can_be_and_on_the_safe_side_where_not(rate: float) -> None:
    pairs = random_pairs(0)
    pairs = replace(pairs, rows=(pairs.rows[0], replace(pairs.rows[1], rate=rate)))
    hours, value = (whole_rows(pairs, rows) for rows in pairs.rows)
    assert (hours.scale, hours.error, hours.upper) == (1, 0.0, [6, 5, 7])
    assert value.scale == 10**6
    for chosen in (pairs.chosen(np.array(owner)) for owner in product((-1, 0, 1), repeat=6)):
        load = np.bincount(pairs.rep[chosen], pairs.rows[1].amount[chosen], 3)
        whole = np.bincount(pairs.rep[chosen], value.amount[chosen], 3)
        inside = (whole >= value.lower) & (whole <= value.upper)
        real = (load >= pairs.rows[1].lower - 1e-9) & (load <= pairs.rows[1].upper + 1e-9)
        wrong = inside & ~real if rate == np.inf else real & ~inside  # hard: never too lenient; soft: never too strict
        assert not wrong.any()


def test_whole_amounts_keep_two_decimals_exactly() -> None:
    amount = np.array([0.1, 0.07, 2.35])
    rows = Rows("value", amount, np.array([0.17]), np.array([2.42]), np.inf)
    pairs = Pairs(3, 1, np.arange(3), np.zeros(3, dtype=np.int64), amount, np.zeros(3, dtype=bool), (rows,), 0.0)
    whole = whole_rows(pairs, rows)
    assert (whole.amount.tolist(), whole.lower, whole.upper, whole.error) == ([10, 7, 235], [17], [242], 0.0)
    assert whole_scores(pairs).error == 0.0


def test_an_answer_to_a_published_file_is_judged_by_the_file() -> None:
    published = GapInstance("two", np.array([[1, 2], [3, 1]]), np.array([[2, 2], [1, 1]]), np.array([2, 1]))
    instance = Instance("gap-two", problem_of(published), published=published)
    assert instance.judge(np.array([0, 1])).objective == -2
    assert instance.judge(np.array([0, 0])).broken == ("agent 1 is 2 over its capacity",)


def test_the_judge_says_how_much_is_broken() -> None:
    instance = make("cycle-200x3", 1)  # its band is hard
    (words, *_) = instance.judge(np.zeros(200, dtype=np.int64)).broken
    assert " times, by up to " in words


def test_the_file_order_is_restored() -> None:
    instance = make(COUNTS, 1)
    pairs = instance.pairs(100)
    owner = BestFit(instance).deal()
    assert instance.judge(instance.told(owner)).objective == pytest.approx(pairs.points(pairs.chosen(owner)))


def test_the_command_reads_and_writes_parquet_and_its_plan_is_checked() -> None:
    told: list[Begun | Step] = []
    race = Race(make(COUNTS, 1), 10.0, 1, 0.0, told.append)
    end = enter("files", race)
    assert (end.status, end.figures["verify_code"]) == ("done", 0)
    assert {"read_seconds", "solve_seconds", "write_seconds", "verify_seconds"} <= set(end.figures)
    _, step = told
    assert isinstance(step, Step)
    assert step.owner is not None
    verdict = race.instance.judge(step.owner.astype(np.int64))
    assert (verdict.broken, verdict.objective) == ((), pytest.approx(best_points(COUNTS)))
    assert (step.objective, step.bound) == (pytest.approx(best_points(COUNTS)),) * 2
    assert step.seconds == end.seconds
