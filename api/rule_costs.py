"""What each rule of a plan costs, as it is told over HTTP and by the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scenarios.model import Scenario
from scenarios.texts import LOCALES, Locale, Text
from solver.explain.rule_sentences import rule_sentences
from solver.territory.compile import of_territories

if TYPE_CHECKING:
    from solver.explain.rule_prices import RulePrice
    from solver.explain.rule_trials import RuleCost

_AROUND = Text(
    "This holds for territories around the centres of this plan; others may gain more.",
    "以上结论仅适用于以本方案各中心划分的区域；换用其他中心时，增加可能更多。",
)


def told(costs: Sequence[RulePrice | RuleCost], scenario: Scenario) -> list[dict[str, Any]]:
    """Return the record of what each rule costs, with its sentences by language."""
    records = [cost.record() for cost in costs]
    return [
        {"record": record, "sentences": {locale: sentences(record, scenario, locale) for locale in LOCALES}}
        for record in records
    ]


def sentences(record: Mapping[str, Any], scenario: Scenario, locale: Locale) -> list[str]:
    """Return what is said of one rule of the scenario that the plan was explained by."""
    lines = rule_sentences(record, locale, scenario.currency)
    return [*lines, _AROUND.format(locale)] if of_territories(scenario) else lines
