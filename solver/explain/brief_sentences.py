"""Sentences of brief records, a block of leads at a time: what `sentences` says of one, from the same templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from scenarios.texts import Locale, Text
from solver.explain import explain_texts as texts
from solver.explain.clauses import counts_words, price_key, term_word
from solver.explain.columns import Column, filled, joined_up, put_together, rows_of, said
from solver.explain.others import Against, price_head
from solver.explain.priced import Charge, PricedPlan
from solver.explain.reasons import INDEX, OTHER_INDEX, REASONS, TIE
from solver.explain.sentences import HAIRS, OUTWEIGHED
from solver.explain.words import number, points, quantity, rule_word, way_words
from solver.pairs import Bools, Floats, Ints

if TYPE_CHECKING:
    from solver.explain.brief import Block


def sentences_of(
    priced: PricedPlan, ids: pl.Series, block: Block, owner: pl.Series, locales: Sequence[Locale]
) -> Iterator[pl.Series]:
    """Yield the sentences of a block of leads in each of the languages.

    Parameters
    ----------
    ids : Series
        The rep of each index, and in the last place null, for nobody.
    owner : Series
        Id of who has each lead today.
    """
    for locale in locales:
        yield _Speaker(priced, ids, block, owner, locale).sentences()


class _Speaker:
    def __init__(self, priced: PricedPlan, ids: pl.Series, block: Block, owner: pl.Series, locale: Locale) -> None:
        self.priced, self.block, self.owner, self.locale = priced, block, owner, locale
        self._ids = ids
        self.rep, self.runner = self._names(block.chosen), self._names(block.runner)
        self.score = self._points(block.score)
        self.price = self._price()

    def sentences(self) -> pl.Series:
        taken = self.block.chosen >= 0
        parts = [*self._assigned(np.flatnonzero(taken)), *self._unassigned(np.flatnonzero(~taken))]
        return put_together(self.block.height, parts)

    # -- who gets the lead --------------------------------------------------------------------------------------------

    def _assigned(self, rows: Ints) -> Iterator[tuple[Ints, Column]]:
        block, head = self.block, self._head()
        gap = "" if self.locale == "zh-CN" else " "
        own, family = block.reason != INDEX["family"], block.reason == INDEX["family"]
        for reason in np.unique(block.reason[rows][own[rows]]).tolist():
            some = rows[own[rows] & (block.reason[rows] == reason)]
            for part, text in self._decision(REASONS[reason], some):
                yield part, joined_up([rows_of(head, part), gap, text])
        together = self._family()
        for reason in np.unique(block.decision[rows][family[rows]]).tolist():
            some = rows[family[rows] & (block.decision[rows] == reason)]
            word = REASONS[reason]
            for part, text in self._decision("only_choice_family" if word == "only_choice" else word, some):
                yield part, joined_up([rows_of(head, part), gap, rows_of(together, part), gap, text])

    def _head(self) -> pl.Series:
        """Return the first sentence of each assigned lead."""
        nobody = self.owner.is_null().to_numpy()
        stays = (self.owner == self.rep).fill_null(False).to_numpy()
        taken = self.block.chosen >= 0
        terms = self._terms()
        parts = []
        for text, mask in ((texts.GOES, nobody), (texts.STAYS, stays), (texts.MOVES, ~nobody & ~stays)):
            rows = np.flatnonzero(mask & taken)
            parts.append((rows, self._fill(text, rows, rep=self.rep, owner=self.owner, score=self.score, terms=terms)))
        return put_together(self.block.height, parts)

    def _terms(self) -> pl.Series:
        """Return the terms that count, the largest first; leads in which they stand in one order are told together."""
        size = np.abs(self.block.terms)
        told = size > 0.001 * size.max(axis=0, initial=0.0)
        order = np.argsort(np.where(told, -size, np.inf), axis=0, kind="stable")
        count = told.sum(axis=0)
        shape = np.where(np.arange(len(order))[:, None] < count, order + 1, 0)
        shapes, place = np.unique(shape, axis=1, return_inverse=True)
        place = place.ravel()
        words = [term_word(t.name, self.priced.term_kind(t.name), self.locale) for t in self.priced.problem.terms]
        numbers = [joined_up([self._numbers(p), w]) for p, w in zip(self.block.terms, self._ways(), strict=True)]
        parts: list[tuple[Ints, Column]] = []
        for k, kinds in enumerate(shapes.T.tolist()):
            rows = np.flatnonzero(place == k)
            pieces: list[Column] = []
            for term in (kind - 1 for kind in kinds if kind):
                pieces += [("、" if self.locale == "zh-CN" else ", ")] if pieces else []
                pieces += [f"{words[term]} ", rows_of(numbers[term], rows)]
            parts.append((rows, joined_up(pieces) if pieces else texts.NO_TERMS.format(self.locale)))
        return put_together(self.block.height, parts)

    def _ways(self) -> list[Column]:
        """Return by term how far it is, in brackets; empty where that is not given."""
        told: list[Column] = []
        for term, ways in zip(self.priced.problem.terms, self.block.ways, strict=True):
            unit, known = self.priced.unit(term.name), np.flatnonzero(~np.isnan(ways))
            if unit is None or not len(known):
                told.append("")
                continue
            text = said(ways[known], partial(way_words, unit=unit, locale=self.locale, brackets=True))
            told.append(put_together(self.block.height, [(known, text)]))
        return told

    def _family(self) -> pl.Series:
        rows = np.flatnonzero(self.block.size > 1)
        text = filled(
            texts.ASSIGNED_TEXTS["family"],
            self.locale,
            leads=self._leads(rows),
            family_points=self._points(self.block.family_score[rows]),
        )
        return put_together(self.block.height, [(rows, text)])

    def _decision(self, reason: str, rows: Ints) -> Iterator[tuple[Ints, Column]]:
        """Yield the sentences about the choice between the reps and others, of one reason."""
        block = self.block
        if reason == "rounded":
            left = (block.runner < 0) | (block.behind > block.margin + TIE)
            for word, part in (("rounded_left", rows[left[rows]]), ("rounded", rows[~left[rows]])):
                margin = self._margin(np.abs(block.margin[part]), block.score[part])
                yield (
                    part,
                    filled(texts.ASSIGNED_TEXTS[word], self.locale, runner=rows_of(self.runner, part), margin=margin),
                )
        elif reason == "best_score":
            yield rows, self._say(reason, rows, next=self.next)
        elif reason == "best_net":
            near = block.highest == block.runner
            for word, part in (("best_net_next", rows[near[rows]]), (reason, rows[~near[rows]])):
                yield (
                    part,
                    filled(
                        texts.ASSIGNED_TEXTS[word],
                        self.locale,
                        highest=self._names(block.highest[part]),
                        highest_points=self._points(block.highest_score[part]),
                        higher=self._higher(part),
                        but=rows_of(self.but, part),
                        priced="",
                        margin=self._margin(block.margin[part], block.score[part]),
                        next=rows_of(self.next, part),
                    ),
                )
        elif reason == "only_choice":
            yield rows, filled(texts.ASSIGNED_TEXTS[reason], self.locale, removed=self._ruled_out(rows))
        else:
            yield rows, self._say(reason, rows, rep=self.rep, runner=self.runner)

    @cached_property
    def next(self) -> pl.Series:
        """The part about the runner-up, empty where there is none."""
        block, told = self.block, self.block.runner >= 0
        equal = told & (np.abs(block.behind) <= TIE)
        because = np.flatnonzero(told & ~equal & (block.code == OTHER_INDEX["better_use"]))
        parts = [(because, self._fill(texts.BECAUSE, because, but=self.but)), *self._mostly(told & ~equal)]
        why = put_together(block.height, parts)
        margin = self._margin(block.behind, block.score)
        rows, others = np.flatnonzero(equal), np.flatnonzero(told & ~equal)
        return put_together(
            block.height,
            [
                (rows, self._fill(texts.NEXT_EQUAL, rows, runner=self.runner)),
                (others, self._fill(texts.NEXT, others, runner=self.runner, margin=margin, because=why)),
            ],
        )

    def _mostly(self, told: Bools) -> Iterator[tuple[Ints, Column]]:
        """Yield the parts that name the term in which a runner-up with a lower score is furthest behind."""
        block = self.block
        which, own, others = block.mostly
        told = told & (block.code == OTHER_INDEX["lower_score"])
        outweighed = own - others > OUTWEIGHED * block.behind
        for k, term in enumerate(self.priced.problem.terms):
            word = term_word(term.name, self.priced.term_kind(term.name), self.locale)
            for text, mask in ((texts.MOSTLY, ~outweighed), (texts.DESPITE, outweighed)):
                rows = np.flatnonzero(told & mask & (which == k))
                asked, chosen = self._numbers(others[rows]), self._numbers(own[rows])
                rep = rows_of(self.rep, rows)
                yield rows, filled(text, self.locale, term=word, rep=rep, asked=asked, chosen=chosen)

    # -- why nobody has it --------------------------------------------------------------------------------------------

    def _unassigned(self, rows: Ints) -> Iterator[tuple[Ints, Column]]:
        if not len(rows):
            return
        nobody = self.owner.is_null().to_numpy()
        for part, why in self._whys(rows):
            for head, mask in ((texts.LEFT, nobody), (texts.LOST, ~nobody)):
                some = np.flatnonzero(mask[part])
                owner = self.owner.gather(part[some])
                yield part[some], filled(head, self.locale, owner=owner, why=rows_of(why, some))

    def _whys(self, rows: Ints) -> Iterator[tuple[Ints, Column]]:
        """Yield why some leads are left, reason by reason."""
        block, locale = self.block, self.locale
        for index in np.unique(block.reason[rows]).tolist():
            reason, some = REASONS[index], rows[block.reason[rows] == index]
            text = texts.UNASSIGNED_TEXTS[reason]
            if reason == "no_eligible_rep":
                ruled = (block.removed[:, some] > 0).any(axis=0)
                yield some[~ruled], texts.UNASSIGNED_TEXTS["nobody"].format(locale)
                yield some[ruled], filled(text, locale, counts=self._counts(some[ruled]))
            elif reason == "family":
                yield some, filled(text, locale, leads=self._leads(some))
            else:
                score, behind = block.runner_score[some], block.behind[some]
                cost = self._points(score - block.runner_net[some])
                later = block.tier[some] > self.priced.tiers[0]
                costly = np.flatnonzero(~later & (behind >= 0) & (reason == "no_room"))
                room = filled(texts.ROOM, locale, cost=rows_of(cost, costly))
                yield (
                    some,
                    filled(
                        text,
                        locale,
                        near=rows_of(self.runner, some),
                        points=self._points(score),
                        cost=cost,
                        margin=self._margin(np.abs(behind), score),
                        but=rows_of(self.but, some),
                        unless=put_together(
                            len(some), [(np.flatnonzero(later), texts.TIER.format(locale)), (costly, room)]
                        ),
                    ),
                )

    # -- parts --------------------------------------------------------------------------------------------------------

    def _price(self) -> pl.Series:
        """Return which price speaks most against each runner-up; empty where none does."""
        parts = [part for charge, against in self.block.against for part in self._against(charge, against)]
        return put_together(self.block.height, parts)

    def _against(self, charge: Charge, against: Against) -> Iterator[tuple[Ints, Column]]:
        head, locale = price_head(self.priced, charge), self.locale
        base = head["metric"].partition("@")[0]
        chosen = self.block.chosen[against.pairs] >= 0
        keys = price_key(head["kind"], base, against.cost, against.own, chosen)
        for key in np.unique(keys).tolist():
            some = np.flatnonzero(keys == key)
            rows = against.pairs[some]
            own, paid = against.own[some], against.cost[some]
            told = {"favours": -own, "other": paid - own}.get(key, paid)
            text = filled(
                texts.COSTS[key],
                locale,
                rep=rows_of(self.runner, rows),
                chosen=rows_of(self.rep, rows),
                rule=rule_word(head["rule"], locale),
                points=self._points(told),
                more=self._points(paid - own),
                price=self._numbers(against.price[some]),
                amount=said(against.amount[some], lambda value: quantity(value, base, locale)),
            )
            yield rows, text

    @cached_property
    def but(self) -> Column:
        """What the prices say against each runner-up, to stand within a sentence."""
        return self.price.replace("", texts.UNNAMED.format(self.locale))

    def _margin(self, values: Floats, scores: Floats) -> Column:
        """Return margins in points; one that is nothing beside the score is only named."""
        hair: Bools = values < HAIRS * np.abs(scores)
        told = self._points(values)
        rows, others = np.flatnonzero(hair), np.flatnonzero(~hair)
        return put_together(len(values), [(rows, texts.HAIR.format(self.locale)), (others, rows_of(told, others))])

    def _higher(self, rows: Ints) -> Column:
        """Return how much higher the highest score is, in a word."""
        own = self.block.family_score[rows]
        hair = self.block.highest_score[rows] - own < HAIRS * np.abs(own)
        parts = ((hair, texts.HAIR_HIGHER), (~hair, texts.HIGHER))
        return put_together(len(rows), [(np.flatnonzero(mask), text.format(self.locale)) for mask, text in parts])

    def _ruled_out(self, rows: Ints) -> Column:
        counts = self._counts(rows)
        if isinstance(counts, str):
            return counts
        told = np.flatnonzero((counts != "").to_numpy())
        return put_together(len(rows), [(told, filled(texts.REMOVED, self.locale, counts=rows_of(counts, told)))])

    def _counts(self, rows: Ints) -> Column:
        """Return how many reps each rule rules out; equal counts are put into words once."""
        if not len(rows):
            return ""
        rules = [removal.rule for removal in self.priced.problem.removals]
        few, place = np.unique(self.block.removed[:, rows], axis=1, return_inverse=True)
        told = [
            counts_words({rule: count for rule, count in zip(rules, counts, strict=True) if count}, self.locale)
            for counts in few.T.tolist()
        ]
        return pl.Series(told, dtype=pl.String).gather(place.ravel())

    def _leads(self, rows: Ints) -> pl.Series:
        """Return how many leads each family has, in words."""
        return said(self.block.size[rows].astype(np.float64), lambda size: quantity(size, "leads", self.locale))

    def _numbers(self, values: Floats) -> pl.Series:
        return said(values, lambda value: number(value, self.locale))

    def _points(self, values: Floats) -> pl.Series:
        return said(values, lambda value: points(value, self.locale))

    def _names(self, reps: Ints) -> pl.Series:
        return self._ids.gather(np.where(reps < 0, len(self._ids) - 1, reps))

    def _say(self, reason: str, rows: Ints, **fields: Column) -> Column:
        return self._fill(texts.ASSIGNED_TEXTS[reason], rows, **fields)

    def _fill(self, text: Text, rows: Ints, **fields: Column) -> Column:
        """Return a template filled with the columns of some rows."""
        wanted = set().union(*text.fields())
        return filled(text, self.locale, **{name: rows_of(fields[name], rows) for name in wanted})
