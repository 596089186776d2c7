"""Brute force: the truth on small scenarios.

Every plan is written down and every rule and goal is read off its own description in ``scenarios/``, without a line of
the solver. All plans are looked at together, as arrays (plans, leads, reps), because there are thousands.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np

from scenarios.model import Rep, Scenario

CLOSE = 1e-6


@dataclass
class Truth:
    """The best points of each tier, in turn; None where no plan is feasible. `plans` are all the best plans."""

    tiers: dict[int, float]
    plans: np.ndarray


class Oracle:
    """All plans of a scenario, and what the rules and goals say of each."""

    def __init__(self, scenario: Scenario) -> None:
        self.s = scenario
        self.leads = scenario.leads.to_dicts()
        self.reps = list(scenario.reps)
        n, m = len(self.leads), len(self.reps)
        self.plans = np.array(list(product(range(-1, m), repeat=n)), dtype=int).reshape(-1, n)
        self.takes = self.plans[:, :, None] == np.arange(m)[None, None, :]

    def truth(self) -> Truth | None:
        """Return the lexicographic optimum over all feasible plans."""
        feasible, points = self.scored()
        if not feasible.any():
            return None
        best: dict[int, float] = {}
        keep = feasible
        for tier, each in points.items():
            best[tier] = float(each[keep].max())
            keep = keep & (each >= best[tier] - CLOSE * max(1.0, abs(best[tier])))
        return Truth(best, self.plans[keep])

    def scored(self) -> tuple[np.ndarray, dict[int, np.ndarray]]:
        """Return which plans are feasible, and the points of every plan in each tier, the most urgent first."""
        feasible = np.ones(len(self.plans), dtype=bool)
        common = np.zeros(len(self.plans))  # points and penalties that belong to no single lead
        pair = np.zeros((len(self.leads), len(self.reps)))
        alone = np.zeros(len(self.leads))
        for goal in self.s.goals:
            kind = goal.kind
            if kind in ("balance", "max_min"):
                common += goal.weight * getattr(self, f"goal_{kind}")(goal)
            else:
                pair += goal.weight * getattr(self, f"goal_{kind}")(goal)
        for rule in self.s.rules:
            violated = getattr(self, f"rule_{rule.kind}")(rule)
            if isinstance(violated, tuple):  # about single leads: units per pair, units when unassigned
                units, none = violated
                if rule.rate is None:
                    total = (self.takes * units).sum(axis=(1, 2)) + ((self.plans < 0) * none).sum(axis=1)
                    feasible &= total == 0
                else:
                    pair -= rule.rate * units
                    alone -= rule.rate * none
            elif rule.rate is None:
                feasible &= violated <= 0
            else:
                common -= rule.rate * self.amount(rule)
        tiers = sorted({lead["tier"] for lead in self.leads}) or [1]
        points: dict[int, np.ndarray] = {}
        for tier in tiers:
            mine = np.array([lead["tier"] == tier for lead in self.leads], dtype=bool)
            points[tier] = (self.takes * pair)[:, mine].sum(axis=(1, 2)) + ((self.plans < 0) * alone)[:, mine].sum(
                axis=1
            )
        points[tiers[-1]] = points[tiers[-1]] + common
        return feasible, points

    # -- what things mean -------------------------------------------------------------------------------------

    def chosen_leads(self, selection) -> np.ndarray:
        def taken(lead) -> bool:
            return all(any(_same(lead.get(c), v) for v in values) for c, values in selection.items())

        return np.array([taken(lead) for lead in self.leads], dtype=bool)

    def chosen_reps(self, selection) -> np.ndarray:
        def taken(rep) -> bool:
            return all({str(v) for v in values} & set(_cell(rep, c)) for c, values in selection.items())

        return np.array([taken(rep) for rep in self.reps], dtype=bool)

    def win_rate(self) -> np.ndarray:
        rates = np.ones((len(self.leads), len(self.reps)))
        if any(rep.win_rates for rep in self.reps):
            for i, lead in enumerate(self.leads):
                for j, rep in enumerate(self.reps):
                    rates[i, j] = rep.win_rates.get(lead[self.s.win_rate_by], rep.win_rates.get("*", 0.0))
        return rates

    def metric(self, name: str) -> np.ndarray:
        column = {"leads": None, "hours": "effort", "expected_value": "value"}.get(name, name)
        amount = np.array([1.0 if column is None else (lead[column] or 0.0) for lead in self.leads])
        table = np.repeat(amount[:, None], len(self.reps), axis=1)
        return table * self.win_rate() if name == "expected_value" else table

    def load(self, metric: str, leads: np.ndarray) -> np.ndarray:
        """Load of each rep in each plan, (plans, reps)."""
        return np.einsum("pij,ij->pj", self.takes, self.metric(metric) * leads[:, None])

    def carried(self, key: str) -> np.ndarray:
        return np.array([rep.carried.get(key, 0.0) for rep in self.reps])

    def presence(self, rep: Rep) -> float:
        start, end = self.s.period_start, self.s.period_end
        if start is None or end is None:
            return 1.0
        first = max(start, rep.available_from or start)
        last = min(end, rep.available_to or end)
        return max(0, (last - first).days + 1) / ((end - start).days + 1)

    def entitlement(self, members: list[int]) -> np.ndarray:
        weight = np.array(
            [
                rep.share if rep.share is not None else rep.fte * rep.ramp_up * self.presence(rep)
                for rep in (self.reps[j] for j in members)
            ]
        )
        return weight / weight.sum() if weight.sum() > 0 else weight * np.nan

    def groups(self, by, reps) -> list[list[int]]:
        split: dict[str, list[int]] = {}
        for j in np.flatnonzero(self.chosen_reps(reps)).tolist():
            split.setdefault(";".join(_cell(self.reps[j], by)) if by else "", []).append(j)
        return [g for g in split.values() if not np.isnan(self.entitlement(g)).any()]

    def lead_total(self, metric: str, leads: np.ndarray) -> float:
        return float(self.metric(metric)[leads].mean(axis=1).sum())

    # -- rules: about single leads as (units per pair, units unassigned); others as violation per plan ----------

    def rule_skills(self, rule):
        units = np.zeros((len(self.leads), len(self.reps)))
        for i, lead in enumerate(self.leads):
            for need in (lead["skills"] or "").split(";"):
                if need:
                    name, level = need.rsplit(":", 1)
                    units[i] += [rep.skills.get(name, -1) < float(level) for rep in self.reps]
        return self._only(rule, units)

    def rule_availability(self, rule):
        away = np.array([self.presence(rep) == 0 for rep in self.reps], dtype=float)
        return self._only(rule, np.repeat(away[None, :], len(self.leads), axis=0))

    def rule_match(self, rule):
        units = np.zeros((len(self.leads), len(self.reps)))
        for i, lead in enumerate(self.leads):
            for j, rep in enumerate(self.reps):
                mine = {p for p in str(lead[rule.lead_column] or "").split(";") if p}
                theirs = set(_cell(rep, rule.rep_column))
                units[i, j] = (rule.blank == "none") if not mine or not theirs else not (mine & theirs)
        return self._only(rule, units)

    def rule_exclusion(self, rule):
        return self._only(rule, np.ones((len(self.leads), len(self.reps))))

    def rule_pin(self, rule):
        leads, reps = self.chosen_leads(rule.leads), self.chosen_reps(rule.reps)
        return (leads[:, None] & ~reps[None, :]).astype(float), leads.astype(float)

    def rule_protection(self, rule):
        units = np.zeros((len(self.leads), len(self.reps)))
        none = np.zeros(len(self.leads))
        chosen, meant = self.chosen_leads(rule.leads), self.chosen_reps(rule.reps)
        ids = [rep.id for rep in self.reps]
        for i, lead in enumerate(self.leads):
            until, start = lead["protected_until"], self.s.period_start
            lasts = until is not None and (start is None or until >= start)
            if lasts and chosen[i] and lead["owner"] in ids and meant[ids.index(lead["owner"])]:
                units[i] = [rep != lead["owner"] for rep in ids]
                none[i] = 1.0
        return units, none

    def _only(self, rule, units):
        mask = self.chosen_leads(rule.leads)[:, None] & self.chosen_reps(rule.reps)[None, :]
        return units * mask, np.zeros(len(self.leads))

    def amount(self, rule) -> np.ndarray:
        """Violation of a rule about loads or groups, without the tolerance that feasibility allows."""
        self._room = 0.0
        violated = np.maximum(getattr(self, f"rule_{rule.kind}")(rule), 0.0)
        self._room = CLOSE
        return violated

    _room = CLOSE

    def _beyond(self, load, low, high) -> np.ndarray:
        """Sum of what lies outside [low, high], with a hair's room where feasibility is asked."""
        room_low = self._room * np.maximum(1.0, np.abs(np.where(np.isfinite(low), low, 0.0)))
        room_high = self._room * np.maximum(1.0, np.abs(np.where(np.isfinite(high), high, 0.0)))
        below, above = np.maximum(low - load, 0.0), np.maximum(load - high, 0.0)
        below, above = np.where(below <= room_low, 0.0, below), np.where(above <= room_high, 0.0, above)
        return (below + above).reshape(len(self.plans), -1).sum(axis=1)

    def rule_capacity(self, rule):
        total = np.zeros(len(self.plans))
        meant = self.chosen_reps(rule.reps)
        for key in sorted({k for rep in self.reps for k in rep.capacity}):
            if rule.metrics and key not in rule.metrics:
                continue
            metric, _, segment = key.partition("@")
            leads = self.chosen_leads(rule.leads)
            if segment:
                leads = leads & np.array([lead["segment"] == segment for lead in self.leads], dtype=bool)
            high = np.array(
                [rep.capacity.get(key, np.inf) if ok else np.inf for rep, ok in zip(self.reps, meant, strict=True)]
            )
            total += self._beyond(self.load(metric, leads) + self.carried(key), -np.inf, high)
        return total

    def rule_minimum(self, rule):
        low = np.where(self.chosen_reps(rule.reps), rule.at_least, -np.inf)
        load = self.load(rule.metric, self.chosen_leads(rule.leads)) + self.carried(rule.metric)
        return self._beyond(load, low, np.inf)

    def rule_share(self, rule):
        leads = self.chosen_leads(rule.leads)
        loads = self.load(rule.metric, leads)
        mine = loads[:, self.chosen_reps(rule.reps)].sum(axis=1)
        total = self.lead_total(rule.metric, leads) if rule.of == "leads" else loads.sum(axis=1)
        low = -np.inf if rule.floor is None else rule.floor * total
        high = np.inf if rule.ceiling is None else rule.ceiling * total
        return self._beyond(mine, low, high)

    def rule_band(self, rule):
        leads = self.chosen_leads(rule.leads)
        load = self.load(rule.metric, leads) + self.carried(rule.metric)
        out = np.zeros(len(self.plans))
        for members in self.groups(rule.by, rule.reps):
            total = load[:, members].sum(axis=1, keepdims=True)
            if rule.of == "leads":
                total = self.lead_total(rule.metric, leads) + self.carried(rule.metric)[members].sum()
            target = self.entitlement(members) * total
            out += self._beyond(load[:, members], (1 - rule.tolerance) * target, (1 + rule.tolerance) * target)
        return out

    def rule_disruption(self, rule):
        ids = [rep.id for rep in self.reps]
        meant = self.chosen_reps(rule.reps)
        moved = np.zeros(len(self.plans))
        for i in np.flatnonzero(self.chosen_leads(rule.leads)):
            owner = self.leads[i]["owner"]
            if owner in ids and meant[ids.index(owner)]:
                moved += (self.plans[:, i] != ids.index(owner)) * self.metric(rule.metric)[i, 0]
        return self._beyond(moved[:, None], -np.inf, rule.at_most)

    def rule_wall(self, rule):
        meant = self.chosen_reps(rule.reps)
        families = [r for r in self.s.rules if r.kind == "family" and r.rate is None]
        total = np.zeros(len(self.plans))
        customers: dict[tuple[str, str], list[int]] = {}
        for i in np.flatnonzero(self.chosen_leads(rule.leads)).tolist():
            lead = self.leads[i]
            if lead["competitor_group"]:
                joined = lead["family"] and any(self.chosen_leads(r.leads)[i] for r in families)
                who = f"family {lead['family']}" if joined else f"lead {i}"
                customers.setdefault((lead["competitor_group"], who), []).append(i)
        for j, rep in enumerate(self.reps):
            if not meant[j]:
                continue
            held = set(_cell(rep, "competitor_groups"))
            for group in {g for g, _ in customers}:
                count = np.full(len(self.plans), float(group in held))
                for (g, _), rows in customers.items():
                    if g == group:
                        count += self.takes[:, rows, j].any(axis=1)
                total += np.maximum(count - 1, 0)
        return total

    def rule_family(self, rule):
        families: dict[str, list[int]] = {}
        for i in np.flatnonzero(self.chosen_leads(rule.leads)).tolist():
            if self.leads[i]["family"]:
                families.setdefault(self.leads[i]["family"], []).append(i)
        further = np.zeros(len(self.plans))
        for rows in families.values():
            further += [len(set(plan)) - 1 for plan in self.plans[:, rows].tolist()]
        return further

    def rule_contiguity(self, rule):
        """Further pieces over all chosen reps, pieces of the chosen leads, by walking from lead to lead."""
        ids = [lead["id"] for lead in self.leads]
        beside: dict[int, set[int]] = {i: set() for i in range(len(ids))}
        for a, b in self.s.links.iter_rows():
            beside[ids.index(a)].add(ids.index(b))
            beside[ids.index(b)].add(ids.index(a))
        for r in self.s.rules:
            if r.kind == "family" and r.rate is None:
                joined = [i for i in np.flatnonzero(self.chosen_leads(r.leads)).tolist() if self.leads[i]["family"]]
                for i in joined:
                    beside[i] |= {k for k in joined if self.leads[k]["family"] == self.leads[i]["family"]} - {i}
        leads, reps = self.chosen_leads(rule.leads), self.chosen_reps(rule.reps)
        further = np.zeros(len(self.plans))
        for k, plan in enumerate(self.plans.tolist()):
            for j in np.flatnonzero(reps).tolist():
                left = {i for i, owner in enumerate(plan) if owner == j}
                pieces = 0
                while left:
                    piece, front = set(), {left.pop()}
                    while front:
                        piece |= front
                        front = {b for i in front for b in beside[i] if b in left}
                        left -= front
                    pieces += any(leads[i] for i in piece)
                further[k] += max(pieces - 1, 0)
        return further

    # -- goals: points per pair, or per plan ----------------------------------------------------------------------

    def goal_value(self, goal):
        points = self.metric("expected_value")
        for i, lead in enumerate(self.leads):
            for j, rep in enumerate(self.reps):
                covered = _cell(rep, "region")
                if lead["region"] and covered and not set(lead["region"].split(";")) & set(covered):
                    points[i, j] *= goal.away_factor
        return points

    def goal_skill_fit(self, goal):
        points = np.zeros((len(self.leads), len(self.reps)))
        for i, lead in enumerate(self.leads):
            names = [need.rsplit(":", 1)[0] for need in (lead["skills"] or "").split(";") if need]
            for name in names:
                best = max(rep.skills.get(name, 0.0) for rep in self.reps)
                points[i] += [rep.skills.get(name, 0.0) / best / len(names) if best else 0.0 for rep in self.reps]
        return points

    def goal_continuity(self, goal):
        return np.array([[float(lead["owner"] == rep.id) for rep in self.reps] for lead in self.leads]).reshape(
            len(self.leads), len(self.reps)
        )

    def goal_urgency(self, goal):
        return np.array([lead["urgency"] for lead in self.leads]).reshape(-1, 1) * self.win_rate()

    def goal_travel(self, goal):
        if goal.measured_by:
            rows = {(row["lead"], row["rep"]): row[goal.measured_by] for row in self.s.travel_records()}
            most = max(rows.values(), default=0.0)
            ways = [[rows.get((lead["id"], rep.id), most) for rep in self.reps] for lead in self.leads]
            weight = self.metric(goal.weighted_by) if goal.weighted_by else 1.0
            return -weight * np.array(ways).reshape(len(self.leads), len(self.reps)) ** goal.power
        kilometres = np.array([[_kilometres(lead, rep) for rep in self.reps] for lead in self.leads])
        weight = self.metric(goal.weighted_by) if goal.weighted_by else 1.0
        return -weight * kilometres.reshape(len(self.leads), len(self.reps)) ** goal.power

    def goal_balance(self, goal):
        self._room = 0.0
        load = self.load(goal.metric, self.chosen_leads(goal.leads)) + self.carried(goal.metric)
        out = np.zeros(len(self.plans))
        for members in self.groups(goal.by, goal.reps):
            target = self.entitlement(members) * load[:, members].sum(axis=1, keepdims=True)
            out += self._beyond(load[:, members], (1 - goal.tolerance) * target, (1 + goal.tolerance) * target)
        self._room = CLOSE
        return -out

    def goal_max_min(self, goal):
        leads = self.chosen_leads(goal.leads)
        members = np.flatnonzero(self.chosen_reps(goal.reps)).tolist()
        if not members or np.isnan(self.entitlement(members)).any():
            return np.zeros(len(self.plans))
        total = self.lead_total(goal.metric, leads) + self.carried(goal.metric)[members].sum()
        target = dict(zip(members, self.entitlement(members) * total, strict=True))
        load = self.load(goal.metric, leads) + self.carried(goal.metric)
        split: dict[str, list[int]] = {}
        for j in members:
            if target[j] > 0:
                split.setdefault(";".join(_cell(self.reps[j], goal.by)) if goal.by else "", []).append(j)
        points = np.zeros(len(self.plans))
        for group in split.values():
            points += np.minimum(1.0, np.min([load[:, j] / target[j] for j in group], axis=0))
        return points


def _cell(rep: Rep, column: str) -> list[str]:
    value = getattr(rep, column, None)
    return [p.strip() for p in str(value).split(";") if p.strip()] if value is not None else []


def _same(cell, wanted) -> bool:
    if cell is None:
        return False
    return float(cell) == float(wanted) if isinstance(cell, int | float) else str(cell) == str(wanted)


def _kilometres(lead, rep) -> float:
    """Haversine formula on a sphere of 6371.0088 km."""
    if None in (lead["lat"], lead["lon"], rep.lat, rep.lon):
        return 0.0
    a, b = math.radians(lead["lat"]), math.radians(rep.lat)
    dlat, dlon = b - a, math.radians(rep.lon - lead["lon"])
    h = math.sin(dlat / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(dlon / 2) ** 2
    return 2 * 6371.0088 * math.asin(min(1.0, math.sqrt(h)))
