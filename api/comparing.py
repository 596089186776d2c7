"""Comparisons of stored plans: worked out in a thread, and kept ready for the plans compared last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from api.errors import Problem
from api.explainers import Explainers
from api.recent import Recent
from api.store import PlanRecord, Tenancy
from scenarios.texts import Locale

if TYPE_CHECKING:
    from solver.explain.compare import Comparison

TODAY = "today"
"""In place of the id of the plan to start from: the owners in the scenario of the other one."""


class Comparisons:
    """The comparisons of a service.

    Parameters
    ----------
    explainers : Explainers
    most_leads : int
        How many are kept, as `Recent` counts them.
    """

    def __init__(self, explainers: Explainers, most_leads: int) -> None:
        self._explainers = explainers
        self._recent: Recent[tuple[str, str], Comparison] = Recent(most_leads)

    async def of(self, kept: Tenancy, base: PlanRecord | None, other: PlanRecord) -> Comparison:
        """Return the comparison of two plans that assign somebody; without a base, that of today's owners.

        Raises
        ------
        Problem
            ``plans_not_comparable``, if they have no lead in common.
        """
        from solver.explain.compare import compare, compare_today

        key = (TODAY if base is None else base.id, other.id)
        if (ready := self._recent.get(key)) is not None:
            return ready
        second = await self._explainers.of(kept, other)
        if base is None:
            found = await asyncio.to_thread(compare_today, second)
        else:
            found = compare(await self._explainers.of(kept, base), second)
        leads = second.scenario.leads.height + found.base.scenario.leads.height
        if leads and not len((await asyncio.to_thread(lambda: found.differences)).leads.base):
            raise Problem("plans_not_comparable")
        self._recent.keep(key, found, leads=leads)
        return found


def comparison_view(found: Comparison, locale: Locale, start: int, stop: int) -> dict[str, Any]:
    """Return a comparison as clients see it, with some of its moves; a large one takes seconds."""
    from solver.explain.compare_sentences import move_sentence
    from solver.explain.difference_words import difference_sentences

    record = found.record(listed=0)
    moves = found.described(start, stop)
    last = found.tiers[-1]
    return {
        **record,
        "objective": last["change"],
        "assigned": record["assigned"]["other"] - record["assigned"]["base"],
        "sentences": [*found.sentences(locale), *difference_sentences(record["differences"], locale)],
        "moves": [{**move, "sentence": move_sentence(found, move, locale)} for move in moves],
    }
