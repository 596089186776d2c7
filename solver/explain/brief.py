"""Brief records: the lines of ``explanations.jsonl`` of a large plan, column by column, a block of leads at a time.

A brief record says what `Explainer.lead` says of a lead, but of the other reps it tells of the runner-up alone, and it
holds prices against it and tests no row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
import polars as pl

from scenarios.texts import Locale
from solver.dual import THREADS
from solver.explain.brief_sentences import sentences_of
from solver.explain.columns import Column, as_json, figures_json, joined_up, listed, put_together, quoted
from solver.explain.others import DIGITS, Against, dearest, price_head, telling_terms
from solver.explain.priced import Charge, PricedPlan
from solver.explain.reasons import INDEX, OTHER_INDEX, OTHER_REASONS, REASONS, TIE
from solver.explain.survey import Survey
from solver.pairs import Floats, Ints
from solver.problem import BLOCK_CELLS

LEADS_AT_ONCE = 50_000
"""Leads whose records are made in one go."""


@dataclass(frozen=True)
class Block:
    """Some leads, in the scenario's order, with all that their records say: an entry per lead in every column.

    `lead` is the place in the problem and `tier` the one at whose prices the lead is read; reasons are indices, and so
    are reps, -1 for none. `runner_*` are figures of the lead with the runner-up, `code` is why that one did not get it,
    and `against` which prices speak most against it. `mostly` is the term that speaks most for the choice against it
    (-1: none), with the points of both. `terms` are the points of each term, (terms, leads), `ways` how far it is by
    those that are measured by a table, else nan, and `removed` is how many
    reps each removal takes, (removals, leads). `family_*` are the item's.
    """

    lead: Ints
    tier: Ints
    chosen: Ints
    reason: Ints
    decision: Ints
    score: Floats
    net: Floats
    margin: Floats
    runner: Ints
    runner_score: Floats
    runner_net: Floats
    behind: Floats
    code: Ints
    against: tuple[tuple[Charge, Against], ...]
    highest: Ints
    highest_score: Floats
    mostly: tuple[Ints, Floats, Floats]
    terms: Floats
    ways: Floats
    removed: Ints
    size: Ints
    family_score: Floats
    family_net: Floats

    @property
    def height(self) -> int:
        """How many leads there are."""
        return len(self.lead)


class Brief:
    """Makes the brief records of a plan."""

    def __init__(self, priced: PricedPlan, survey: Survey) -> None:
        self.priced, self.survey = priced, survey
        self.ids = pl.Series("rep", [*priced.rep_ids, None], dtype=pl.String)  # the last place is for nobody: index -1
        self._quoted = quoted(self.ids)

    def lines(self, locales: Sequence[Locale]) -> Iterator[pl.Series]:
        """Yield the records as JSON, in the scenario's order of leads."""
        place = self.priced.place
        _ = self._eligible, self._runner_score  # worked out before the threads ask for them

        def lines(first: int) -> pl.Series:
            return self._lines(self._block(place[first : first + LEADS_AT_ONCE]), first, locales)

        with ThreadPoolExecutor(THREADS) as pool:
            ahead: deque[Future[pl.Series]] = deque()
            for first in range(0, len(place), LEADS_AT_ONCE):
                ahead.append(pool.submit(lines, first))
                if len(ahead) > THREADS:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    # -- figures ------------------------------------------------------------------------------------------------------

    def _block(self, leads: Ints) -> Block:
        priced, survey, problem = self.priced, self.survey, self.priced.problem
        item = problem.item[leads]
        tier, chosen, runner = priced.item_tier[item], priced.owner[leads], survey.runner_up[item]
        score, net = priced.figures(leads, tier, runner)
        behind, chosen_net = survey.behind[item], survey.chosen_net[item]
        less = survey.chosen_score[item] - self._runner_score[item]
        told = np.flatnonzero(runner >= 0)
        against = tuple(
            (charge, replace(found, pairs=told[found.pairs]))
            for charge, found in dearest(priced, leads[told], tier[told], runner[told], chosen[told])
        )
        terms = np.zeros((len(problem.terms), len(leads)))
        ways = np.full(terms.shape, np.nan)
        taken = np.flatnonzero(chosen >= 0)
        for points, way, term in zip(terms, ways, problem.terms, strict=True):
            points[taken] = term.values.at(leads[taken], chosen[taken])
            way[taken] = priced.ways(term, leads[taken], chosen[taken])
        removed = [r.table.sum(axis=1)[r.code[leads]] for r in problem.removals]
        return Block(
            leads,
            tier,
            chosen,
            survey.reason[leads],
            survey.decision[item],
            survey.score[leads].round(DIGITS),
            survey.net[leads].round(DIGITS),
            survey.margin[item].round(DIGITS),
            runner,
            score.round(DIGITS),
            net.round(DIGITS),
            behind.round(DIGITS),
            _code(behind, less, chosen, chosen_net),
            against,
            survey.highest[item],
            survey.highest_score[item].round(DIGITS),
            telling_terms(priced, item, chosen, runner),
            terms.round(DIGITS),
            ways.round(DIGITS),
            np.array(removed, dtype=np.int64).reshape(len(removed), len(leads)),
            (priced.ends - problem.starts)[item],
            survey.chosen_score[item].round(DIGITS),
            chosen_net.round(DIGITS),
        )

    @cached_property
    def _runner_score(self) -> Floats:
        """Points of each item with its runner-up; without one, of leaving it."""
        priced, problem = self.priced, self.priced.problem
        tier = priced.item_tier[problem.item]
        score, _ = priced.figures(np.arange(problem.n), tier, self.survey.runner_up[problem.item])
        if problem.n_items == problem.n:
            return score
        return np.asarray(np.add.reduceat(np.where(problem.tier == tier, score, 0.0), problem.starts))

    @cached_property
    def _eligible(self) -> Ints:
        """How many reps may take each item; leads that the rules treat alike are counted once."""
        problem = self.priced.problem
        alike = np.zeros(problem.n, dtype=np.int64)
        for removal in problem.removals:
            alike = np.unique(alike * len(removal.table) + removal.code, return_inverse=True)[1]
        _, first = np.unique(alike, return_index=True)
        step = max(1, BLOCK_CELLS // max(problem.m, 1))
        parts = [problem.eligible(first[k : k + step]).sum(axis=1) for k in range(0, len(first), step)]
        count = np.concatenate(parts)[alike][problem.starts]
        families = np.flatnonzero(self.priced.ends - problem.starts > 1)
        for k in range(0, len(families), step):
            leads, which = problem.leads_of(families[k : k + step])
            able = problem.eligible(leads)
            count[families[k : k + step]] = np.logical_and.reduceat(
                able, np.flatnonzero(np.diff(which, prepend=-1))
            ).sum(axis=1)
        return np.asarray(count)

    # -- JSON ---------------------------------------------------------------------------------------------------------

    def _lines(self, block: Block, first: int, locales: Sequence[Locale]) -> pl.Series:
        leads = self.priced.scenario.leads
        ids, owner = (leads[name].slice(first, block.height) for name in ("id", "owner"))
        texts = [
            joined_up([as_json(locale), ":", quoted(text)])
            for locale, text in zip(locales, sentences_of(self.priced, self.ids, block, owner, locales), strict=True)
        ]
        told = block.runner >= 0
        rank = pl.Series(np.searchsorted(self.priced.tiers, block.tier) + 1)
        others = self.priced.problem.m - (block.chosen >= 0) - told
        line = joined_up(
            [
                '{"lead":',
                quoted(ids),
                ',"rep":',
                self._rep(block.chosen),
                ',"reason":',
                _words(REASONS, block.reason),
                ',"codes":[',
                _codes(block.reason, np.where(told, block.code, -1)),
                '],"numbers":{"owner":',
                quoted(owner),
                ',"tier":',
                rank.cast(pl.String),
                ',"score":',
                _figures(block.score),
                ',"net":',
                _figures(block.net),
                ',"runner_up":',
                self._rep(block.runner),
                ',"margin":',
                _figures(block.margin),
                ',"mostly":',
                self._mostly(block),
                ',"terms":[',
                self._terms(block),
                '],"prices":[',
                self._prices(block),
                "]",
                self._highest(block),
                _family(block),
                ',"eligible":',
                pl.Series(self._eligible[self.priced.problem.item[block.lead]]).cast(pl.String),
                ',"removed":{',
                self._removed(block),
                '},"others":[',
                self._runner_up(block),
                '],"not_told":',
                pl.Series(others).cast(pl.String),
                '},"text":{',
                listed(texts) if texts else "",
                "}}",
            ]
        )
        assert isinstance(line, pl.Series)
        return line

    def _rep(self, reps: Ints) -> pl.Series:
        return self._quoted.gather(np.where(reps < 0, len(self.ids) - 1, reps))

    def _terms(self, block: Block) -> pl.Series:
        priced, rows = self.priced, np.flatnonzero(block.chosen >= 0)
        entries = []
        for term, points, way in zip(priced.problem.terms, block.terms, block.ways, strict=True):
            head = as_json({"name": term.name, "kind": priced.term_kind(term.name)})[:-1]
            entry: list[Column] = [head, ',"points":', _figures(points[rows])]
            if (unit := priced.unit(term.name)) is not None:
                entry += [',"way":', _figures(way[rows]), ',"unit":', as_json(unit)]
            entries.append(joined_up([*entry, "}"]))
        taken = listed(entries) if entries else ""
        lost = priced.problem.unassigned[block.lead]
        left = np.flatnonzero((block.chosen < 0) & (lost != 0))
        head = as_json({"name": "unassigned", "kind": "unassigned"})[:-1]
        cost = joined_up([head, ',"points":', _figures(lost[left]), "}"])
        return put_together(block.height, [(rows, taken), (left, cost)])

    def _mostly(self, block: Block) -> pl.Series:
        """Return the term that makes most of the difference to each runner-up."""
        which, own, others = block.mostly
        parts: list[tuple[Ints, Column]] = [(np.flatnonzero(which < 0), "null")]
        for k, term in enumerate(self.priced.problem.terms):
            rows = np.flatnonzero(which == k)
            head = as_json({"name": term.name, "kind": self.priced.term_kind(term.name)})[:-1]
            points, other = _figures(own[rows]), _figures(others[rows])
            parts.append((rows, joined_up([head, ',"points":', points, ',"runner_up_points":', other, "}"])))
        return put_together(block.height, parts)

    def _prices(self, block: Block) -> pl.Series:
        priced, entries = self.priced, []
        for tier, charges in priced.charges.items():
            mine = np.flatnonzero((block.chosen >= 0) & (block.tier == tier))
            for charge in charges:
                amount, price = charge.amounts(block.lead[mine], block.chosen[mine])
                some = np.flatnonzero(amount * price)
                rows = mine[some]
                cost = amount[some] * price[some]
                entry = self._price(charge, block.lead[rows], block.chosen[rows], amount[some], price[some], cost)
                entries.append(_at_rows(block.height, rows, joined_up([*entry, "}"])))
        return listed(entries) if entries else pl.Series([""]).new_from_index(0, block.height)

    def _price(
        self, charge: Charge, leads: Ints, reps: Ints, amount: Floats, price: Floats, cost: Floats
    ) -> list[Column]:
        """Return the record of what some loads cost, but for its end. One row of the block has one head."""
        group = np.maximum(charge.rows.group[leads], 0)
        key, at, place = np.unique(group * self.priced.problem.m + reps, return_index=True, return_inverse=True)
        names = charge.named(leads[at], reps[at])
        head = price_head(self.priced, charge)
        heads = [
            as_json({**head, "row": row, "group": label, "price": each})[:-1]
            for (row, label), each in zip(names, price[at].round(DIGITS).tolist(), strict=True)
        ]
        texts = pl.Series(heads, dtype=pl.String).gather(place) if len(key) else pl.Series([], dtype=pl.String)
        return [texts, ',"amount":', _figures(amount), ',"points":', _figures(cost)]

    def _highest(self, block: Block) -> pl.Series:
        rows = np.flatnonzero(block.decision == INDEX["best_net"])
        score = _figures(block.highest_score[rows])
        told = joined_up([',"highest":{"rep":', self._rep(block.highest[rows]), ',"score":', score, "}"])
        return put_together(block.height, [(rows, told)])

    def _removed(self, block: Block) -> pl.Series:
        entries = []
        for removal, count in zip(self.priced.problem.removals, block.removed, strict=True):
            rows = np.flatnonzero(count)
            told = joined_up([as_json(removal.rule), ":", pl.Series(count[rows]).cast(pl.String)])
            entries.append(_at_rows(block.height, rows, told))
        return listed(entries) if entries else pl.Series([""]).new_from_index(0, block.height)

    def _runner_up(self, block: Block) -> pl.Series:
        """Return the entry of the runner-up among the others."""
        prices = []
        for charge, found in block.against:
            leads, reps = block.lead[found.pairs], block.runner[found.pairs]
            head = self._price(charge, leads, reps, found.amount, found.price, found.cost)
            prices.append((found.pairs, joined_up([*head, ',"chosen_points":', _figures(found.own), "}"])))
        price = put_together(block.height, prices)
        rows = np.flatnonzero(block.runner >= 0)
        price = price.gather(rows).replace("", "null")
        entry = joined_up(
            [
                '{"rep":',
                self._rep(block.runner[rows]),
                ',"reason":',
                _words(OTHER_REASONS, block.code[rows]),
                ',"score":',
                _figures(block.runner_score[rows]),
                ',"net":',
                _figures(block.runner_net[rows]),
                ',"difference":',
                _figures(block.behind[rows]),
                ',"price":',
                price,
                "}",
            ]
        )
        return put_together(block.height, [(rows, entry)])


def _code(behind: Floats, less: Floats, chosen: Ints, chosen_net: Floats) -> Ints:
    """Return why the runner-up did not get each lead, as `Others.pairs` finds it, but that no row is tested."""
    close = TIE * np.maximum(1.0, np.abs(chosen_net))
    code = np.where(less >= behind - less, OTHER_INDEX["lower_score"], OTHER_INDEX["better_use"])
    code[np.abs(behind) <= close] = OTHER_INDEX["tied"]
    code[behind < -close] = OTHER_INDEX["rounded"]
    code[(chosen < 0) & (less >= -close)] = OTHER_INDEX["not_worth_it"]
    return code


def _family(block: Block) -> pl.Series:
    rows = np.flatnonzero(block.size > 1)
    told = joined_up(
        [
            ',"family":{"leads":',
            pl.Series(block.size[rows]).cast(pl.String),
            ',"reason":',
            _words(REASONS, block.decision[rows]),
            ',"score":',
            _figures(block.family_score[rows]),
            ',"net":',
            _figures(block.family_net[rows]),
            "}",
        ]
    )
    return put_together(block.height, [(rows, told)])


def _codes(reason: Ints, code: Ints) -> pl.Series:
    """Return the reasons in a record, each once; `code` is -1 where it tells of no other rep."""
    words = [
        as_json(list(dict.fromkeys(pair)))[1:-1]
        for first in REASONS
        for pair in product([first], (*OTHER_REASONS, first))
    ]
    width = len(OTHER_REASONS) + 1
    return pl.Series(words).gather(reason * width + np.where(code < 0, width - 1, code))


def _words(words: Sequence[str], index: Ints) -> pl.Series:
    return pl.Series([as_json(word) for word in words]).gather(index)


def _figures(values: Floats) -> pl.Series:
    return figures_json(values, DIGITS)


def _at_rows(height: int, rows: Ints, texts: pl.Series | str) -> pl.Series:
    """Return a column that has the texts at some rows and is null elsewhere."""
    return put_together(height, [(rows, texts)]).replace("", None)
