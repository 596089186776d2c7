"""Linear and mixed-integer solving by the engines inside OR-Tools, with a total map of their statuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from ortools.linear_solver.python import model_builder_helper as helper

from solver.linear import LinearModel
from solver.pairs import Floats

Engine = Literal["GLOP", "PDLP", "SCIP", "HIGHS"]
Answered = Literal["optimal", "feasible", "infeasible", "nothing"]

_STATUS: dict[helper.SolveStatus, Answered] = {
    helper.SolveStatus.OPTIMAL: "optimal",
    helper.SolveStatus.FEASIBLE: "feasible",
    helper.SolveStatus.INFEASIBLE: "infeasible",
    helper.SolveStatus.NOT_SOLVED: "nothing",  # the time limit, before any solution
    helper.SolveStatus.CANCELLED_BY_USER: "nothing",
    helper.SolveStatus.ABNORMAL: "nothing",  # numerical trouble: nothing is claimed
}


class SolverFaultError(RuntimeError):
    """An engine answered with a status that a well-formed model cannot have."""


@dataclass(frozen=True)
class Answer:
    """What an engine said about a model, in points of the model's maximisation."""

    status: Answered
    values: Floats
    duals: Floats
    objective: float
    bound: float


def run(model: LinearModel, engine: Engine, seconds: float, *, integer: bool = False, parameters: str = "") -> Answer:
    """Solve a linear model, or its integer form, with one engine.

    Parameters
    ----------
    seconds : float
        Time limit; infinite for none.
    integer : bool
        Whether the integer variables have to be integer.
    parameters : str
        Parameters in the engine's own format.

    Raises
    ------
    SolverFaultError
        If the status is none that the model can cause.
    """
    builder = helper.ModelBuilderHelper()
    # Minimising the negative makes the duals' signs the same for all engines.
    arrays: tuple[Any, ...] = (model.floor, model.top, -model.cost, model.low, model.high, model.matrix)
    builder.fill_model_from_sparse_data(*arrays)
    if integer:
        for index in np.flatnonzero(model.integer).tolist():
            builder.set_var_integrality(index, True)
    if engine == "GLOP":
        # Measured: dual simplex is 4 to 12 times faster than primal on these models, and where leads are alike (seven
        # products in 2,089 deals) it cycles among ties unless the costs are perturbed: 1.4 s instead of more than 30.
        parameters += "\nuse_dual_simplex: true perturb_costs_in_dual_simplex: true"
    solver = helper.ModelSolverHelper(engine)
    if np.isfinite(seconds):
        solver.set_time_limit_in_seconds(max(seconds, 0.01))
    if parameters:
        solver.set_solver_specific_parameters(parameters)
    solver.solve(builder)
    status = solver.status()
    if status not in _STATUS:
        raise SolverFaultError(f"{engine} answered {status}")
    answered = _STATUS[status]
    if answered in ("infeasible", "nothing"):
        return Answer(answered, np.zeros(0), np.zeros(0), -np.inf, -np.inf if answered == "infeasible" else np.inf)
    duals = np.zeros(0) if integer else -np.asarray(solver.dual_values())
    objective = -float(solver.objective_value()) + model.constant
    bound = -float(solver.best_objective_bound()) + model.constant if integer else objective
    return Answer(answered, np.asarray(solver.variable_values()), duals, objective, bound)
