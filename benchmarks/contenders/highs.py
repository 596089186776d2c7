"""HiGHS, as a mixed-integer solver through its own package, starting from the plan of greedy best-fit."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contenders.model import Linear, first_plan, linear, solution
from benchmarks.instance import Pairs
from benchmarks.race import CORES, Race

MOST_PAIRS = 2_000_000


def run(race: Race) -> None:
    """Tell every better plan, and the bound with it and at the end."""
    import highspy

    pairs = race.pairs(MOST_PAIRS)
    race.begin()
    model = linear(pairs)
    highs = highspy.Highs()
    for option, value in {
        "output_flag": False,
        "threads": CORES,
        "mip_rel_gap": race.gap,
        "random_seed": race.seed,
    }.items():
        highs.setOptionValue(option, value)
    highs.passModel(_stated(highspy, model))
    start = highspy.HighsSolution()
    start.col_value = solution(model, first_plan(race.instance, pairs)).tolist()
    highs.setSolution(start)

    def improved(event: Any) -> None:
        _tell(race, pairs, np.asarray(event.data_out.mip_solution), event.data_out.mip_dual_bound)

    highs.cbMipImprovingSolution.subscribe(improved)
    highs.cbMipLogging.subscribe(lambda event: race.tell(bound=_bound(pairs, event.data_out.mip_dual_bound)))
    highs.setOptionValue("time_limit", race.left())
    highs.run()
    info = highs.getInfo()
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        _tell(race, pairs, np.asarray(highs.getSolution().col_value), info.mip_dual_bound)
    race.stop()


def _stated(highspy: Any, model: Linear) -> Any:
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = model.matrix.shape
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.cost, np.zeros(len(model.cost)), model.top
    lp.row_lower_, lp.row_upper_ = model.low, model.high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = model.matrix.indptr, model.matrix.indices
    lp.a_matrix_.value_ = model.matrix.data
    kinds = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
    lp.integrality_ = [kinds[whole] for whole in model.integer.tolist()]
    return lp


def _tell(race: Race, pairs: Pairs, value: Any, bound: float) -> None:
    chosen = value[: len(pairs)] > 0.5
    race.tell(pairs.points(chosen), _bound(pairs, bound), race.instance.told(pairs.owner(chosen)))


def _bound(pairs: Pairs, bound: float) -> float | None:
    return bound + pairs.offset if abs(bound) < 1e20 else None
