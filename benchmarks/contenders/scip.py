"""SCIP, through PySCIPOpt, starting from the plan of greedy best-fit. Its search uses one core."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contenders.model import Linear, first_plan, linear, solution
from benchmarks.race import Race

MOST_PAIRS = 2_000_000


def run(race: Race) -> None:
    """Tell every better plan, and the bound with it and at the end."""
    import pyscipopt

    pairs = race.pairs(MOST_PAIRS)
    race.begin()
    model = linear(pairs)
    scip = pyscipopt.Model()
    scip.hideOutput()
    kinds = np.where(model.integer, "B", "C").tolist()
    tops = [None if np.isinf(top) else top for top in model.top.tolist()]
    variables = [
        scip.addVar(vtype=kind, lb=0.0, ub=top, obj=cost)
        for kind, top, cost in zip(kinds, tops, model.cost.tolist(), strict=True)
    ]
    scip.setMaximize()
    _add_rows(pyscipopt, scip, model, variables)
    start = scip.createSol()
    values = solution(model, first_plan(race.instance, pairs))
    for k in np.flatnonzero(values).tolist():
        scip.setSolVal(start, variables[k], values[k])
    scip.addSol(start)

    def tell() -> None:
        best = scip.getBestSol()
        chosen = np.array([scip.getSolVal(best, v) for v in variables[: len(pairs)]]) > 0.5
        race.tell(pairs.points(chosen), _bound(scip, pairs.offset), race.instance.told(pairs.owner(chosen)))

    class Improved(pyscipopt.Eventhdlr):  # type: ignore[misc]  # it has no types
        """Hears of each better plan."""

        def eventinit(self) -> None:
            self.model.catchEvent(pyscipopt.SCIP_EVENTTYPE.BESTSOLFOUND, self)

        def eventexit(self) -> None:
            self.model.dropEvent(pyscipopt.SCIP_EVENTTYPE.BESTSOLFOUND, self)

        def eventexec(self, event: Any) -> None:
            tell()

    scip.includeEventhdlr(Improved(), "improved", "tells each better plan")
    scip.setParam("limits/gap", race.gap)
    scip.setParam("randomization/randomseedshift", race.seed)
    scip.setParam("limits/time", race.left())
    scip.optimize()
    if scip.getNSols() > 0:
        tell()
    race.stop()


def _add_rows(pyscipopt: Any, scip: Any, model: Linear, variables: list[Any]) -> None:
    matrix, empty = model.matrix, pyscipopt.Expr()
    for row, (low, high) in enumerate(zip(model.low.tolist(), model.high.tolist(), strict=True)):
        left, right = (None if np.isinf(bound) else bound for bound in (low, high))
        added = scip.addCons(pyscipopt.scip.ExprCons(empty, left, right))
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        for k, value in zip(matrix.indices[span].tolist(), matrix.data[span].tolist(), strict=True):
            scip.addCoefLinear(added, variables[k], value)


def _bound(scip: Any, offset: float) -> float | None:
    bound = scip.getDualbound()
    return None if abs(bound) >= scip.infinity() else float(bound) + offset
