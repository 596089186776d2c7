"""One unit of slack of a rule: which change of the scenario that is, and what it can gain by the prices."""

from __future__ import annotations

import numpy as np

from scenarios.rules import Band, Capacity, Disruption, Minimum, Rule, ShareOf
from solver.explain.priced import PricedPlan
from solver.explain.reasons import TIE
from solver.explain.relaxation import Code, Relaxation
from solver.explain.rule_prices import Gain, RowWorth, RulePrice, RulePrices, Slack, first_gain
from solver.pairs import Floats
from solver.problem import LoadRows
from solver.result import Plan
from solver.rules import RULE_MATHS

POINT = 0.01
"""One unit of a share or a tolerance: a percentage point."""
WIDEST = 10.0
"""The largest tolerance that a band can have."""

Rises = list[tuple[float, Floats]]


def price_rules(priced: PricedPlan, plan: Plan) -> list[RulePrice]:
    """Return what each rule of a plan costs by the prices, the dearest first."""
    prices = RulePrices(priced, plan)
    found = [_price(prices, index) for index in range(len(prices.scenario.rules))]
    return sorted(found, key=lambda price: [-g.by_prices if g.by_prices > g.nothing else 0.0 for g in price.drop])


def _price(prices: RulePrices, index: int) -> RulePrice:
    rule, part, tiers = prices.scenario.rules[index], prices.parts[index], prices.plan.tiers
    rises = prices.drop(index)
    drop = _gains(prices, rises)
    rows = prices.rows(part)
    about_leads = RULE_MATHS[rule.kind].per_pair or rule.kind == "family"
    first = [gain.tier for gain in drop].index(first_gain(drop).tier)
    by_item = rises[first][1]
    better = by_item > TIE * max(1.0, abs(tiers[first].objective) / max(prices.facts.n, 1))
    slack = None
    if about_leads or rule.kind == "wall":
        slack = _exception(prices, rule, index, rises, int(by_item.argmax())) if better.any() else None
    elif rows:
        slack = _unit(prices, rule, index, rows[0])
    leads = int(better.sum()) if about_leads else None
    return RulePrice(prices.names[index], rule.kind, index, rule.rate is None, drop, leads, rows, slack)


def _gains(prices: RulePrices, rises: Rises) -> tuple[Gain, ...]:
    tiers = prices.plan.tiers
    return tuple(prices.gain(t, charge + float(items.sum())) for t, (charge, items) in zip(tiers, rises, strict=True))


def _exception(prices: RulePrices, rule: Rule, index: int, rises: Rises, item: int) -> Slack:
    """Return the exception for the lead, or family, that gains most by it."""
    spoken = np.zeros(prices.facts.n, dtype=bool)
    spoken[prices.order] = prices.facts.select_leads(rule.leads)
    ids = tuple(prices.scenario.leads["id"].to_numpy()[spoken & (prices.item == item)].tolist())
    change = Relaxation("except_leads", prices.names[index], index, rule.kind, float(len(ids)), leads=ids)
    tiers = prices.plan.tiers
    return Slack(change, tuple(prices.gain(t, float(items[item])) for t, (_, items) in zip(tiers, rises, strict=True)))


def _unit(prices: RulePrices, rule: Rule, index: int, row: RowWorth) -> Slack:
    """Return one unit of the numbers of a rule, for the rep, or the side, whose row has the highest price."""
    rep = prices.facts.rep_index.get(row.rep, -1) if row.rep is not None else -1
    blocks = prices.parts[index].rows
    match rule:
        case Capacity():
            before = prices.facts.reps[rep].capacity[row.metric]
            alike = [
                part
                for part, other in zip(prices.parts, prices.scenario.rules, strict=False)
                if isinstance(other, Capacity)
            ]  # a capacity is the rep's: a higher one serves all of these rules
            blocks = tuple(block for part in alike for block in part.rows)
            change = _relaxation("raise_capacity", prices, index, before, before + 1.0, row.metric, row.rep or "")
            return Slack(change, _linear(prices, blocks, row.metric, rep, 1.0))
        case Minimum():
            after = max(rule.at_least - 1.0, 0.0)
            change = _relaxation("lower_minimum", prices, index, rule.at_least, after, row.metric, row.rep or "")
            return Slack(change, _linear(prices, blocks, row.metric, rep, rule.at_least - after))
        case Disruption():
            change = _relaxation("raise_budget", prices, index, rule.at_most, rule.at_most + 1.0, row.metric)
            return Slack(change, _linear(prices, blocks, row.metric, 0, 1.0))
        case ShareOf(floor=floor) if row.row == "floor" and floor is not None:
            after = max(round(floor - POINT, 9), 0.0)
            change = _relaxation("lower_floor", prices, index, floor, after, row.metric)
            return Slack(change, _gains(prices, prices.change(index, rule.model_copy(update={"floor": after}))))
        case ShareOf(ceiling=ceiling) if ceiling is not None:
            after = min(round(ceiling + POINT, 9), 1.0)
            change = _relaxation("raise_ceiling", prices, index, ceiling, after, row.metric)
            return Slack(change, _gains(prices, prices.change(index, rule.model_copy(update={"ceiling": after}))))
        case Band():
            after = min(round(rule.tolerance + POINT, 9), WIDEST)
            change = _relaxation("widen_band", prices, index, rule.tolerance, after, row.metric)
            return Slack(change, _gains(prices, prices.change(index, rule.model_copy(update={"tolerance": after}))))
    raise AssertionError(rule.kind)


def _relaxation(
    code: Code, prices: RulePrices, index: int, before: float, after: float, metric: str, rep: str = ""
) -> Relaxation:
    kind, cost = prices.scenario.rules[index].kind, abs(after - before) / max(before, 1.0)
    return Relaxation(code, prices.names[index], index, kind, cost, rep=rep, metric=metric, before=before, after=after)


def _linear(prices: RulePrices, blocks: tuple[LoadRows, ...], metric: str, row: int, amount: float) -> tuple[Gain, ...]:
    """Return what can be gained by so many units of slack in one row of each block of a metric: the price of each."""
    mine = [block for block in blocks if block.metric == metric]
    return tuple(
        prices.gain(tier, amount * sum(abs(float(price[0, row])) for price in prices.prices(mine, tier)))
        for tier in prices.plan.tiers
    )
