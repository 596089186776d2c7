"""Loads: what the reps hold against what they may, ought and wish to hold, and what a unit more would cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from scenarios.goals import Balance, MaxMin, Value
from scenarios.rules import Band, Disruption, ShareOf
from scenarios.selection import Selection
from solver.evaluate import block_load
from solver.explain.priced import PricedPlan
from solver.facts import COUNT, EXPECTED_VALUE, Facts
from solver.fairness import envy_pairs, figures, fixed_targets, groups_of
from solver.goals.value import ValueMaths
from solver.pairs import Bools, Floats, Ints
from solver.problem import LoadRows

VALUE = "value"
NO_GROUP = -1


@dataclass
class Account:
    """One metric of some leads: each rep's load, (m,), with the target and bounds of every rule that speaks of it."""

    load: Floats
    largest: Floats
    target: Floats = field(init=False)
    group: Ints = field(init=False)
    lower: Floats = field(init=False)
    upper: Floats = field(init=False)
    price: Floats = field(init=False)

    def __post_init__(self) -> None:
        m = len(self.load)
        self.target, self.group = np.full(m, np.nan), np.full(m, NO_GROUP)
        self.lower, self.upper, self.price = np.full(m, -np.inf), np.full(m, np.inf), np.zeros(m)

    def bound(self, lower: Floats, upper: Floats) -> None:
        """Keep the tightest bounds."""
        self.lower, self.upper = np.maximum(self.lower, lower), np.minimum(self.upper, upper)

    def aim(self, target: Floats, group: Ints) -> None:
        """Take the targets of the first rule that has any for a rep; two groups are told apart by number."""
        fresh = np.isnan(self.target) & ~np.isnan(target)
        self.target[fresh] = target[fresh]
        self.group[fresh] = group[fresh]


class Loads:
    """The loads of a priced plan."""

    def __init__(self, priced: PricedPlan) -> None:
        self.priced, self.facts = priced, priced.facts
        self.prices = {id(charge.rows): charge for charge in priced.charges[priced.tiers[-1]]}

    @cached_property
    def accounts(self) -> dict[str, Account]:
        """Every metric that a rule or goal bounds rep by rep, and the number of leads."""
        everyone = np.ones(self.facts.n, dtype=bool)
        accounts = {COUNT: self._account(COUNT, everyone)}
        for rows in self.priced.problem.rows:
            kind = self.priced.kind(rows.rule)
            if kind in ("capacity", "minimum") or (kind == "band" and rows.weights is None):
                account = self._of_rows(accounts, rows)
                account.bound(rows.lower[0], rows.upper[0])
        for name, part in (*self.priced.rules.items(), *self.priced.goals.items()):
            if isinstance(part, Band | Balance | MaxMin):
                self._aim(accounts, name, part)
        for rows in self.priced.problem.rows:
            charge, key = self.prices.get(id(rows)), self._key(rows)
            if charge is not None and key in accounts and self.priced.kind(rows.rule) not in ("wall", "disruption"):
                accounts[key].price += charge.cost[0]
        return accounts

    def loads(self) -> pl.DataFrame:
        """Return one row per rep and metric."""
        back = np.empty(self.facts.m, dtype=np.int64)
        back[self.priced.compiled.rep_order] = np.arange(self.facts.m)
        frames = []
        for metric, account in self.accounts.items():
            frames.append(
                pl.DataFrame(
                    {
                        "rep": pl.Series([rep.id for rep in self.priced.scenario.reps], dtype=pl.String),
                        "metric": pl.Series([metric] * self.facts.m, dtype=pl.String),
                        **{
                            name: _known(getattr(account, name)[back])
                            for name in ("load", "target", "lower", "upper", "price")
                        },
                    }
                )
            )
        return pl.concat(frames)

    def shares(self) -> pl.DataFrame:
        """Return one row per share or disruption rule."""
        rows = list(self._shares())
        names = ("rule", "metric", "load", "lower", "upper", "price")
        schema = {name: pl.String if name in ("rule", "metric") else pl.Float64 for name in names}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def fairness(self) -> dict[str, dict[str, float]]:
        """Return the fairness figures by metric."""
        accounts = {metric: a for metric, a in self.accounts.items() if (a.group != NO_GROUP).any()}
        everyone = np.ones(self.facts.n, dtype=bool)
        for metric in (COUNT, VALUE):
            if metric not in accounts:
                accounts[metric] = self._account(metric, everyone)
                self._aim_by_entitlement(accounts[metric])
        return {
            metric: {
                **figures(a.load, a.target),
                "envy_pairs": float(envy_pairs(a.load, a.largest, a.target, a.group)),
            }
            for metric, a in accounts.items()
        }

    def expected_value(self) -> float:
        """Return the expected value of the plan in money, as the value goal sees it (away factor and all)."""
        owner = self.priced.owner
        leads = np.flatnonzero(owner >= 0)
        goal = next((g for g in self.priced.scenario.goals if isinstance(g, Value)), None)
        if goal is None:
            values = self.facts.metric(EXPECTED_VALUE)
        else:
            values = ValueMaths().values(goal.model_copy(update={"weight": 1.0}), self.facts)
        return float(values.at(leads, owner[leads]).sum())

    # -- parts ----------------------------------------------------------------------------------------------------

    def _account(self, metric: str, leads: Bools) -> Account:
        owner = self.priced.owner
        taken = np.flatnonzero((owner >= 0) & leads)
        amount = self.facts.metric(metric).at(taken, owner[taken])
        largest = np.zeros(self.facts.m)
        np.maximum.at(largest, owner[taken], amount)
        load = np.bincount(owner[taken], weights=amount, minlength=self.facts.m) + self.facts.carried(metric)
        return Account(load.astype(np.float64), largest)

    def _of_rows(self, accounts: dict[str, Account], rows: LoadRows) -> Account:
        """Return the account of a block with one row per rep; its loads are the block's own."""
        key = self._key(rows)
        if key not in accounts:
            load = block_load(rows, self.priced.owner, self.facts.m)[0] + rows.base[0]
            accounts[key] = Account(load, np.zeros(self.facts.m))
        return accounts[key]

    def _key(self, rows: LoadRows) -> str:
        part = self.priced.rules.get(rows.rule) or self.priced.goals.get(rows.rule)
        return self._word(rows.metric, rows.rule, getattr(part, "leads", {}))

    def _word(self, metric: str, name: str, leads: Selection) -> str:
        """Return the word for a metric of the leads that a rule means."""
        return metric if self.facts.select_leads(leads).all() else f"{metric}@{name}"

    def _aim(self, accounts: dict[str, Account], name: str, part: Band | Balance | MaxMin) -> None:
        """Add the fair targets of a rule or goal, and the limits of its band."""
        leads = self.facts.select_leads(part.leads)
        key = self._word(part.metric, name, part.leads)
        own = self._account(part.metric, leads)
        account = accounts.setdefault(key, own)
        account.largest = own.largest
        target, group = np.full(self.facts.m, np.nan), np.full(self.facts.m, NO_GROUP)
        if isinstance(part, MaxMin) or (isinstance(part, Band) and part.of == "leads"):
            reps, fixed = fixed_targets(self.facts, part.metric, leads, part.reps)
            target[reps], group[reps] = fixed, 0
            if isinstance(part, MaxMin) and part.by:
                group[reps] = _numbered(self.facts, part.by)[reps]
        else:
            for number, members in enumerate(groups_of(self.facts, part.by, part.reps)):
                target[members.reps] = members.entitlement * account.load[members.reps].sum()
                group[members.reps] = number
        account.aim(target, group)
        if not isinstance(part, MaxMin):
            limits = np.nan_to_num((1 - part.tolerance) * target, nan=-np.inf), (1 + part.tolerance) * target
            account.bound(limits[0], np.nan_to_num(limits[1], nan=np.inf, posinf=np.inf))

    def _aim_by_entitlement(self, account: Account) -> None:
        """Aim at shares by entitlement, over all reps who may take anything."""
        able = np.zeros(self.facts.m, dtype=bool)
        for _, leads in self.priced.problem.item_blocks():
            able |= self.priced.problem.eligible(leads).any(axis=0)
            if able.all():
                break
        weight = np.where(able, self.facts.weight, 0.0)
        if weight.sum() > 0:
            target = np.where(weight > 0, weight / weight.sum() * account.load[weight > 0].sum(), np.nan)
            account.aim(target, np.where(weight > 0, 0, NO_GROUP))

    def _shares(self) -> Iterator[tuple[str, str, float, float | None, float | None, float]]:
        facts, owner = self.facts, self.priced.owner
        for name, rule in self.priced.rules.items():
            if not isinstance(rule, ShareOf | Disruption):
                continue
            leads, reps = facts.select_leads(rule.leads), facts.select_reps(rule.reps)
            rows = [r for r in self.priced.problem.rows if r.rule == name]
            price = sum(float(self.prices[id(r)].price.sum()) for r in rows if id(r) in self.prices)
            if isinstance(rule, ShareOf):
                loads = facts.loads(rule.metric, owner, leads)
                total = facts.lead_total(rule.metric, leads) if rule.of == "leads" else float(loads.sum())
                floor, ceiling = (None if s is None else s * total for s in (rule.floor, rule.ceiling))
                yield name, rule.metric, float(loads[reps].sum()), floor, ceiling, price
                continue
            owned = leads & np.append(reps, False)[facts.owner]
            moved = np.flatnonzero(owned & (owner != facts.owner))
            load = float(facts.metric(rule.metric).at(moved, facts.owner[moved]).sum())
            yield name, rule.metric, load, None, rule.at_most, -price  # its row is about what stays


def _numbered(facts: Facts, by: str) -> Ints:
    """Return a number for each rep's cell of a column, (m,)."""
    return np.unique([str(cell or "") for cell in facts.rep_cells(by)], return_inverse=True)[1].astype(np.int64)


def _known(values: Floats) -> pl.Series:
    """Return a column in which what does not exist (nan, infinite) is null."""
    return pl.Series(np.where(np.isfinite(values), values, np.nan), nan_to_null=True)
