"""Explanations of stored plans: built once in a thread, and kept ready for the plans asked about last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.files import planned
from api.recent import Recent
from api.runs.packing import Packed, table_of, unpack
from api.store import PlanRecord, Tenancy

if TYPE_CHECKING:
    from solver.explain import Explainer


class Explainers:
    """The explainers of a service.

    Parameters
    ----------
    most_leads : int
        How many are kept, as `Recent` counts them.
    """

    def __init__(self, most_leads: int) -> None:
        self._recent: Recent[str, asyncio.Task[Explainer]] = Recent(most_leads)

    async def of(self, kept: Tenancy, plan: PlanRecord) -> Explainer:
        """Return the explainer of a plan that assigns somebody; those who ask at the same time share one."""
        task = self._recent.get(plan.id)
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(_build, kept, plan))
            self._recent.keep(plan.id, task, leads=plan.document["assigned"] + plan.document["unassigned"])
        try:
            return await asyncio.shield(task)
        except Exception:
            self._recent.drop(plan.id)
            raise


def _build(kept: Tenancy, plan: PlanRecord) -> Explainer:
    from api.runs.results import ASSIGNMENTS, TIERS, plan_of
    from solver.explain import explain

    scenario = unpack(Packed(*kept.scenario_content(plan.scenario)))
    assignments = table_of(kept.plan_table(plan, ASSIGNMENTS))
    planned_before = plan_of(scenario, assignments, kept.plan_table(plan, TIERS))
    return explain(planned(scenario, plan.document), planned_before, plan.document["seed"])
