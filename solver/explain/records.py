"""Records: the codes and numbers of explanations, JSON-ready. Figures are worked out for a block of leads at once."""

from __future__ import annotations

import numpy as np

from solver.explain.changes import change_records, changes_for_move
from solver.explain.others import DIGITS, Others, Pairs, Record, price_head, telling_terms
from solver.explain.priced import PricedPlan, Reading, first_best
from solver.explain.reasons import INDEX, OTHER_REASONS, REASONS
from solver.pairs import Ints

FEW = 16
"""Reps to be told of up to which the largest are looked for one by one."""


class Recorder:
    """Makes the records of a priced plan."""

    def __init__(self, priced: PricedPlan) -> None:
        self.priced = priced
        self.ids: list[str] = priced.rep_ids.tolist()
        self.lead_ids = priced.facts.leads["id"]
        self.owners = priced.facts.leads["owner"]
        self.removals = priced.problem.removals
        self.removed = [removal.table.sum(axis=1) for removal in self.removals]
        self.term_kinds = [(t.name, priced.term_kind(t.name)) for t in priced.problem.terms]
        self.others = Others(priced)

    def records(self, items: Ints, leads: Ints, others: int | None) -> list[Record]:
        """Return the record of each of some leads of the given items (increasing), in the order of `leads`.

        `others` is how many of the reps who did not get a lead are told of; None: all.
        """
        priced = self.priced
        reading = priced.read(items)
        at = np.searchsorted(reading.leads, leads)
        most = priced.problem.m if others is None else min(others, priced.problem.m)
        reps = self._order(reading, at, most)
        width = reps.shape[1]
        pairs = self.others.pairs(reading, np.repeat(at, width), reps.ravel())
        entries = self._entries(reading, pairs)
        heads = self._heads(reading, at)
        item = reading.row[at]
        count = (priced.problem.m - (reading.chosen[item] >= 0)).tolist()
        eligible = reading.item_eligible.sum(axis=1)[item].tolist()
        removed = [
            (removal.rule, sums[removal.code[leads]].tolist())
            for removal, sums in zip(self.removals, self.removed, strict=True)
        ]
        for k, head in enumerate(heads):
            told = entries[k * width : k * width + min(width, count[k])]
            head["eligible"] = eligible[k]
            head["removed"] = {rule: counts[k] for rule, counts in removed if counts[k]}
            head["others"] = told
            head["not_told"] = count[k] - len(told)
        return heads

    def pair(self, lead: int, rep: int) -> Record:
        """Return why one rep does not have one lead, with the full figures of both choices, and what would allow it."""
        priced = self.priced
        item = priced.problem.item[lead : lead + 1]
        reading = priced.read(item)
        at = np.searchsorted(reading.leads, np.array([lead]))
        pairs = self.others.pairs(reading, at, np.array([rep]))
        head = self._heads(reading, at)[0]
        entry = self._entries(reading, pairs)[0]
        asked = {
            "rep": self.ids[rep],
            "score": entry["score"],
            "net": entry["net"],
            "terms": self._terms(np.array([lead]), np.array([rep]))[0],
            "prices": self._prices(reading, at, np.array([rep]))[0],
        }
        chosen = {name: head[name] for name in ("rep", "score", "net", "terms", "prices")}
        entry["changes"] = change_records(priced, rep, changes_for_move(priced, lead, rep))
        if head["rep"] == self.ids[rep]:
            entry |= {"reason": "chosen", "difference": 0.0, "changes": []}
            entry |= dict.fromkeys(("rule", "kind", "detail", "price"))
        told = {name: value for name, value in entry.items() if name not in ("rep", "score", "net")}
        family = {"family": head["family"]} if "family" in head else {}
        return {"lead": head["lead"], "rep": self.ids[rep], **told, "asked": asked, "chosen": chosen, **family}

    # -- who is told of, and why ----------------------------------------------------------------------------------

    def _order(self, reading: Reading, at: Ints, most: int) -> Ints:
        """Return the reps of each lead who are told of, the runner-up first, the chosen one last.

        By net; those who are not eligible come after, the ones with the fewest rules against them first.
        """
        item = reading.row[at]
        eligible = reading.item_eligible[item]
        key = reading.item_net[item]
        size = 4.0 * max(np.abs(key).max(initial=1.0), np.abs(reading.score).max(initial=1.0))
        short = np.flatnonzero(eligible.sum(axis=1) <= most)  # only these tell of reps who are not eligible
        against = np.ones((len(short), key.shape[1]))
        for removal in self.removals:
            against += removal.table[removal.code[reading.leads[at[short]]]]
        key[~eligible] = -np.inf
        key[short] = np.where(eligible[short], key[short], reading.score[at[short]] - size * against)
        steps, runner, chosen = np.arange(len(at)), reading.runner_up[item], reading.chosen[item]
        key[steps[runner >= 0], runner[runner >= 0]] = np.inf
        key[steps[chosen >= 0], chosen[chosen >= 0]] = -np.inf
        if most > FEW:
            return np.argsort(-key, axis=1, kind="stable")[:, :most]
        order = np.empty((len(at), most), dtype=np.int64)
        for place in range(most):  # a few passes for the largest are much faster than sorting
            order[:, place] = best = key.argmax(axis=1)
            key[steps, best] = -np.inf
        return order

    # -- dictionaries -----------------------------------------------------------------------------------------------

    def _entries(self, reading: Reading, pairs: Pairs) -> list[Record]:
        figures = self.priced.figures(reading.leads[pairs.at], reading.tier[pairs.at], pairs.rep)
        score, net = (values.round(DIGITS).tolist() for values in figures)
        entries = []
        behind = pairs.behind.round(DIGITS).tolist()
        for rep, code, s, p, difference, detail, price in zip(
            pairs.rep.tolist(), pairs.code.tolist(), score, net, behind, pairs.detail, pairs.price, strict=True
        ):
            found = detail or {}
            entry = {
                "rep": self.ids[rep],
                "reason": OTHER_REASONS[code],
                "rule": found.get("rule"),
                "kind": found.get("kind"),
                "detail": found.get("detail"),
                "also": found.get("also", []),
                "score": s,
                "net": p,
                "difference": difference,
                "price": price,
            }
            if "because_of" in found:
                entry["because_of"] = found["because_of"]
            entries.append(entry)
        return entries

    def _heads(self, reading: Reading, at: Ints) -> list[Record]:
        """Return the part of each record that is about the lead and its choice."""
        priced, item, leads = self.priced, reading.row[at], reading.leads[at]
        chosen = reading.chosen[item]
        score, net = (values.round(DIGITS).tolist() for values in priced.figures(leads, reading.tier[at], chosen))
        terms, prices = self._terms(leads, chosen), self._prices(reading, at, chosen)
        items = priced.problem.item[leads]
        which, own, others = telling_terms(priced, items, chosen, reading.runner_up[item])
        top, _ = first_best(np.where(reading.item_eligible, reading.item_score, -np.inf))
        ids = [*self.ids, None]  # the last place is for nobody: index -1
        heads = []
        columns = zip(
            self.lead_ids.gather(leads).to_list(),
            self.owners.gather(leads).to_list(),
            np.searchsorted(priced.tiers, reading.tier[at]).tolist(),
            item.tolist(),
            chosen.tolist(),
            reading.reason[at].tolist(),
            reading.runner_up[item].tolist(),
            reading.margin[item].round(DIGITS).tolist(),
            score,
            net,
            terms,
            prices,
            which.tolist(),
            own.tolist(),
            others.tolist(),
            strict=True,
        )
        for lead, owner, tier, i, c, reason, runner, margin, s, p, own_terms, own_prices, term, mine, theirs in columns:
            head: Record = {
                "lead": lead,
                "rep": ids[c],
                "reason": REASONS[reason],
                "owner": owner,
                "tier": tier + 1,
                "score": s,
                "net": p,
                "runner_up": ids[runner],
                "margin": margin if margin == margin else None,
                "mostly": None if term < 0 else self._mostly(term, mine, theirs),
                "terms": own_terms,
                "prices": own_prices,
            }
            if reading.decision[i] == INDEX["best_net"]:
                best = int(top[i])
                head["highest"] = {"rep": ids[best], "score": round(float(reading.item_score[i, best]), DIGITS)}
            if reading.size[i] > 1:
                head["family"] = {
                    "leads": int(reading.size[i]),
                    "reason": REASONS[int(reading.decision[i])],
                    "score": round(float(reading.chosen_score[i]), DIGITS),
                    "net": round(float(reading.chosen_net[i]), DIGITS),
                }
            heads.append(head)
        return heads

    def _mostly(self, term: int, points: float, runner_up_points: float) -> Record:
        name, kind = self.term_kinds[term]
        return {"name": name, "kind": kind, "points": points + 0.0, "runner_up_points": runner_up_points + 0.0}

    def _terms(self, leads: Ints, reps: Ints) -> list[list[Record]]:
        """Return the terms of each pair; for nobody, what leaving the lead costs."""
        taken = np.flatnonzero(reps >= 0)
        lists: list[list[Record]] = [[] for _ in range(len(leads))]
        for (name, kind), term in zip(self.term_kinds, self.priced.problem.terms, strict=True):
            points = term.values.at(leads[taken], reps[taken]).round(DIGITS) + 0.0  # no -0.0
            unit, ways = self.priced.unit(name), self.priced.ways(term, leads[taken], reps[taken]).round(DIGITS)
            for k, value, way in zip(taken.tolist(), points.tolist(), ways.tolist(), strict=True):
                lists[k].append({"name": name, "kind": kind, "points": value})
                if unit is not None:
                    lists[k][-1] |= {"way": None if np.isnan(way) else way, "unit": unit}
        lost = self.priced.problem.unassigned[leads]
        for k in np.flatnonzero((reps < 0) & (lost != 0)).tolist():
            lists[k].append({"name": "unassigned", "kind": "unassigned", "points": round(float(lost[k]), DIGITS)})
        return lists

    def _prices(self, reading: Reading, at: Ints, reps: Ints) -> list[list[Record]]:
        """Return what the loads of each pair cost, row by row."""
        priced = self.priced
        lists: list[list[Record]] = [[] for _ in range(len(at))]
        for tier, charges in priced.charges.items():
            mine = np.flatnonzero((reps >= 0) & (reading.tier[at] == tier))
            leads, who = reading.leads[at[mine]], reps[mine]
            for charge in charges:
                amount, price = charge.amounts(leads, who)
                some = np.flatnonzero(amount * price)
                amount, price = amount[some], price[some]
                name = price_head(priced, charge)
                columns = zip(
                    mine[some].tolist(),
                    charge.named(leads[some], who[some]),
                    price.round(DIGITS).tolist(),
                    amount.round(DIGITS).tolist(),
                    (amount * price).round(DIGITS).tolist(),
                    strict=True,
                )
                for k, (row, group), cost, load, points in columns:
                    lists[k].append(
                        {
                            **name,
                            "row": row,
                            "group": group,
                            "price": cost,
                            "amount": load,
                            "points": points,
                        }
                    )
        return lists
