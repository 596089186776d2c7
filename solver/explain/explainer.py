"""Explain a plan: why each lead went where it did, and what every scarce thing was worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import orjson
import polars as pl

from scenarios.model import Scenario
from scenarios.texts import Locale
from solver.compile import Compiled, compile_scenario
from solver.explain.brief import Brief
from solver.explain.loads import Loads
from solver.explain.names import COMPARED, UnknownName, nearest
from solver.explain.others import DIGITS, Record
from solver.explain.priced import PricedPlan
from solver.explain.reasons import REASONS
from solver.explain.records import Recorder
from solver.explain.rep_sentences import rep_sentences
from solver.explain.reps import Reps
from solver.explain.rule_prices import RulePrice
from solver.explain.rule_slack import price_rules
from solver.explain.sentences import sentence
from solver.explain.survey import Survey, survey
from solver.pairs import Ints
from solver.problem import BLOCK_CELLS
from solver.result import Plan

FEW_PAIRS = 500_000
"""Pairs up to which the lines of a whole plan are full records, which tell of every rep."""
STEP = 2_000
"""Leads whose records are made in one go: few enough that they are gone before they are counted as garbage."""


def explain(scenario: Scenario, plan: Plan, seed: int = 0, compiled: Compiled | None = None) -> Explainer:
    """Explain a plan.

    Parameters
    ----------
    scenario : Scenario
    plan : Plan
        A plan of this scenario, with its prices.
    seed : int
        The seed it was solved with, which broke its ties.
    compiled : Compiled, optional
        The scenario compiled with this seed, where it is at hand.

    Returns
    -------
    Explainer

    Raises
    ------
    ValueError
        If the plan is for another number of leads or reps.
    """
    return Explainer(scenario, plan, seed, compiled)


class Explainer:
    """Answers about one plan; see `explain`. Nothing is worked out before it is asked for."""

    def __init__(self, scenario: Scenario, plan: Plan, seed: int = 0, compiled: Compiled | None = None) -> None:
        if len(plan.owner) != scenario.leads.height:
            raise ValueError(f"the plan is for {len(plan.owner)} leads, the scenario has {scenario.leads.height}")
        if len(plan.owner) and int(plan.owner.max()) >= len(scenario.reps):
            raise ValueError("the plan names a rep whom the scenario does not have")
        self.scenario, self.plan, self.seed = scenario, plan, seed
        self._compiled = compiled

    # -- leads ----------------------------------------------------------------------------------------------------

    def table(self) -> pl.DataFrame:
        """Return one row per lead, in the scenario's order: `lead, rep, score, net, margin, runner_up, reason`.

        `score` is the sum of the terms of the lead with its rep, `net` the score less what its loads cost at the plan's
        prices; for a lead without a rep both are what leaving it costs, mostly 0. `runner_up` is the eligible rep with
        the next best net, and `margin` the net less that of the best alternative (the runner-up, or leaving the lead
        where that is allowed); it is null where there is none. A family is decided as a whole: its `runner_up` and
        `margin` are the family's, `score` and `net` the lead's own part. `reason` is a key of `ASSIGNED` or
        `UNASSIGNED` in `solver.explain.reasons`.
        """
        return self._table

    def lead(self, lead_id: str, others: int | None = None) -> Record:
        """Return why a lead has the rep it has, JSON-ready.

        The record holds what `table` says, `owner` (who has it today), `tier` (1: the most urgent), the named `terms`
        that add up to the score, the one that is `mostly` the difference to the runner-up (null where none is, or for a
        family), the `prices` that add up to score less net, how many reps are `eligible`, how many
        each rule has `removed`, and the `others`: each rep who did not get it (or the best few, with the number
        `not_told`), by net, the ineligible last. Each of them has a reason (a key of `OTHERS`), the rule and the detail
        behind it, score, net, the `difference` by which its net is behind the choice's, and the `price` that speaks
        most against it. For a lead of a family these differences and reasons are the family's (`family`).

        Raises
        ------
        UnknownName
            If there is no such lead.
        """
        lead = int(self.priced.place[self._lead_row(lead_id)])
        item = self.priced.problem.item[lead : lead + 1]
        return self._recorder.records(item, np.array([lead]), others)[0]

    def why_not(self, lead_id: str, rep_id: str) -> Record:
        """Return why a rep does not have a lead, with the full figures of this rep (`asked`) and of the choice.

        `changes` are what the plan would need to give the lead, and its family, to this rep and stay as it is
        otherwise: all of them together, each the smallest that lifts its obstacle; none where nothing forbids it.

        Raises
        ------
        UnknownName
            If there is no such lead or no such rep.
        """
        lead = int(self.priced.place[self._lead_row(lead_id)])
        return self._recorder.pair(lead, self._rep_index(rep_id))

    def rep(self, rep_id: str) -> Record:
        """Return why a rep has this load, and why not more, JSON-ready.

        The record holds how many `leads` the rep has, how many of them are `kept` from today and how many are `lost`,
        the `score`, the `reasons` by number, the `loads` by metric with target and bounds, the `rules` that bound them
        with what a unit of each is worth, the `shares` that the rep counts in, how the other leads divide and what
        stops `more`, and the best leads that were `missed`, each as `why_not` has it.

        A rule's `price` is read as a proof (weak duality): a unit more of room gains at most `looser_gains_at_most`, so
        many units at most so many times the price and what the plan's own gap leaves open; each unit less costs at
        least the price, less that gap: `tighter_costs_at_least`.

        Raises
        ------
        UnknownName
            If there is no such rep.
        """
        return self._reps.record(self._rep_index(rep_id))

    def sentence(self, record: Record, locale: Locale = "en") -> str:
        """Return a record of `lead`, `why_not` or `records` in words."""
        return sentence(record, locale)

    def rep_sentences(self, record: Record, locale: Locale = "en") -> list[str]:
        """Return a record of `rep` in words."""
        return rep_sentences(record, locale)

    def records(self, others: int | None = None, locales: Sequence[Locale] = ("en",)) -> Iterator[Record]:
        """Yield the full records of all leads, in the scenario's order: an object per lead, and per rep in it.

        Each has `lead`, `rep`, `reason`, the `codes` of all reasons in it, the `numbers` (all else that `lead` returns)
        and the `text` by locale.
        """
        priced, recorder = self.priced, self._recorder
        step = max(1, min(BLOCK_CELLS // max(priced.problem.m, 1), STEP))
        for first in range(0, priced.problem.n, step):
            leads = priced.place[first : first + step]
            items = np.unique(priced.problem.item[leads])
            for record in recorder.records(items, leads, others):
                text = {locale: sentence(record, locale) for locale in locales}
                lead, rep, reason = record.pop("lead"), record.pop("rep"), record.pop("reason")
                codes = list(dict.fromkeys((reason, *(entry["reason"] for entry in record["others"]))))
                yield {"lead": lead, "rep": rep, "reason": reason, "codes": codes, "numbers": record, "text": text}

    def lines(self, locales: Sequence[Locale] = ("en",)) -> Iterator[pl.Series]:
        """Yield the lines of ``explanations.jsonl`` as JSON, in the scenario's order of leads, some at a time.

        Of a plan with few pairs they are the full `records`. Of others they are brief: of the reps who did not get a
        lead only the runner-up is told of, by its prices and without a test of the rows; `why_not` tells the rest.
        """
        if self.priced.problem.n * self.priced.problem.m > FEW_PAIRS:
            yield from Brief(self.priced, self._survey).lines(locales)
            return
        records = self.records(locales=locales)
        while lines := [orjson.dumps(record).decode() for record in islice(records, STEP)]:
            yield pl.Series(lines, dtype=pl.String)

    # -- reps and the whole -----------------------------------------------------------------------------------------

    def loads(self) -> pl.DataFrame:
        """Return the load of each rep by metric: `rep, metric, load, target, lower, upper, price`.

        One row per rep and metric that a capacity, band, minimum, balance or max-min bounds, and the leads. What the
        reps carry already counts. `target` is the fair target where one is asked for, the bounds are the
        tightest of all rules, hard or soft, and `price` is what one more unit costs at the plan's prices, in points
        (negative: it is wanted). A rule about some leads only has a metric of its own, `metric@name of the rule`.
        """
        return self._loads.loads()

    def shares(self) -> pl.DataFrame:
        """Return one row per share or disruption rule: `rule, metric, load, lower, upper, price`.

        A share's load is what its reps hold together; a disruption's what changes owner. `price` as in `loads`.
        """
        return self._loads.shares()

    def fairness(self) -> dict[str, dict[str, float]]:
        """Return how fair the plan is, by metric: Jain, Gini, ratios, worst deviation, and pairs with envy.

        Metrics of bands, balance and max-min goals against their targets, and always leads and value.
        """
        return self._loads.fairness()

    def value(self) -> dict[str, Any]:
        """Return the plan's expected value in money, how many leads are assigned, and the reasons by number."""
        counts = self.table().group_by("reason", pl.col("rep").is_null().alias("left")).len().sort("reason")
        by = {
            left: dict(counts.filter(pl.col("left") == left).select("reason", "len").iter_rows())
            for left in (False, True)
        }
        return {
            "expected_value": self._loads.expected_value(),
            "currency": self.scenario.currency,
            "assigned": int((self.plan.owner >= 0).sum()),
            "unassigned": int((self.plan.owner < 0).sum()),
            "assigned_by_reason": by[False],
            "unassigned_by_reason": by[True],
        }

    def rule_prices(self) -> tuple[RulePrice, ...]:
        """Return what each rule costs by the prices, the dearest first: what dropping or loosening it can gain."""
        return self._rule_prices

    # -- kept for the next question -----------------------------------------------------------------------------------

    @cached_property
    def priced(self) -> PricedPlan:
        """The plan with its problem and prices, in the problem's order."""
        return PricedPlan(self.scenario, self.plan, self._compiled or compile_scenario(self.scenario, self.seed))

    @cached_property
    def _survey(self) -> Survey:
        return survey(self.priced)

    @cached_property
    def _table(self) -> pl.DataFrame:
        priced, found = self.priced, self._survey
        item = priced.problem.item[priced.place]
        ids = pl.Series("rep", [*priced.rep_ids, None], dtype=pl.String)  # the last place is for nobody: index -1
        place = priced.place

        def named(reps: Ints) -> pl.Series:
            return ids.gather(np.where(reps < 0, len(ids) - 1, reps))

        return pl.DataFrame(
            {
                "lead": self.scenario.leads["id"],
                "rep": named(priced.owner[place]),
                "score": found.score[place].round(DIGITS),
                "net": found.net[place].round(DIGITS),
                "margin": pl.Series(found.margin[item].round(DIGITS), nan_to_null=True),
                "runner_up": named(found.runner_up[item]),
                "reason": pl.Series(REASONS, dtype=pl.String).gather(found.reason[place]),
            }
        )

    @cached_property
    def _recorder(self) -> Recorder:
        return Recorder(self.priced)

    @cached_property
    def _rule_prices(self) -> tuple[RulePrice, ...]:
        return tuple(price_rules(self.priced, self.plan))

    @cached_property
    def _loads(self) -> Loads:
        return Loads(self.priced)

    @cached_property
    def _reps(self) -> Reps:
        return Reps(self.priced, self.plan, self._recorder, self._loads)

    def _rep_index(self, rep_id: str) -> int:
        """Return the place of a rep in the problem."""
        index = self.priced.facts.rep_index
        if rep_id not in index:
            raise UnknownName("rep", rep_id, nearest(rep_id, index))
        return index[rep_id]

    @cached_property
    def _sorted_ids(self) -> tuple[pl.Series, Ints]:
        ids = self.scenario.leads["id"]
        order = ids.arg_sort()
        return ids.gather(order), order.to_numpy().astype(np.int64)

    def _lead_row(self, lead_id: str) -> int:
        """Return the row of a lead in the scenario."""
        ids, order = self._sorted_ids
        at = ids.search_sorted(lead_id, side="left") if len(ids) else 0
        if at < len(ids) and ids[at] == lead_id:
            return int(order[at])
        around = ids.slice(max(0, at - COMPARED // 2), COMPARED)
        raise UnknownName("lead", lead_id, nearest(lead_id, around.to_list()))
