"""Linear and mixed-integer solving by the engines inside OR-Tools and SciPy, with a total map of their statuses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

import numpy as np
from ortools.linear_solver.python import model_builder_helper as helper
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from solver.linear import LinearModel
from solver.pairs import Floats, Ints

SCIP_NODES = 2
"""Nodes of SCIP that take as long as one of HiGHS, about."""
SCIP_TREE = {"presolving/maxrestarts": 0, "separating/maxroundsroot": 5, "separating/maxrounds": 0}
"""No new beginnings, and cuts at the root alone, where the right variables are branched on first."""
Engine = Literal["GLOP", "PDLP", "SCIP"]
Answered = Literal["optimal", "feasible", "infeasible", "nothing"]

_STATUS: dict[helper.SolveStatus, Answered] = {
    helper.SolveStatus.OPTIMAL: "optimal",
    helper.SolveStatus.FEASIBLE: "feasible",
    helper.SolveStatus.INFEASIBLE: "infeasible",
    helper.SolveStatus.NOT_SOLVED: "nothing",  # the time limit, before any solution
    helper.SolveStatus.CANCELLED_BY_USER: "nothing",
    helper.SolveStatus.ABNORMAL: "nothing",  # numerical trouble: nothing is claimed
}

_MILP_STATUS: dict[int, Answered] = {
    0: "optimal",
    1: "feasible",  # a limit, with a solution or without
    2: "infeasible",
    4: "nothing",  # the limit of nodes, with a solution or without; or numerical trouble
}


_TERMINATION: dict[str, Answered] = {
    "optimal": "optimal",
    "feasible": "feasible",
    "no_solution_found": "nothing",
    "numerical_error": "nothing",
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


def branch(
    model: LinearModel, seconds: float, *, nodes: int | None = None, least: float = -np.inf, gap: float = 0.0
) -> Answer:
    """Solve the integer form of a linear model with HiGHS, as SciPy has it, or SCIP where not every number is whole.

    SciPy's interface keeps the best solution when a limit ends the search, which that of OR-Tools 9.15 does not, and it
    lets other threads of Python run meanwhile. But where fractions make it mend a solution it writes to the terminal,
    whatever its options say: such models are for SCIP, which is nearly as fast.

    Parameters
    ----------
    seconds : float
        Time limit; infinite for none.
    nodes : int, optional
        Most nodes of branch and bound: a limit by work.
    least : float
        Only solutions of at least so many points are looked for.
    gap : float
        Relative distance from the bound that is good enough.

    Raises
    ------
    SolverFaultError
        If the status is none that the model can cause.
    """
    if not len(model.cost):  # the engines refuse what has nothing to decide
        if model.constant < least:
            return Answer("infeasible", np.zeros(0), np.zeros(0), -np.inf, -np.inf)
        return Answer("optimal", np.zeros(0), np.zeros(0), model.constant, model.constant)
    if np.isfinite(least):
        model = _at_least(model, least)
    if not _whole(model):
        parameters = f"limits/gap = {gap}" + ("" if nodes is None else f"\nlimits/nodes = {SCIP_NODES * nodes}")
        return run(model, "SCIP", seconds, integer=True, parameters=parameters)
    rows = [LinearConstraint(model.matrix, model.low, model.high)] if model.matrix.shape[0] else []
    limits: dict[str, Any] = {"mip_rel_gap": gap}
    if np.isfinite(seconds):
        limits["time_limit"] = max(seconds, 0.01)
    if nodes is not None:
        limits["node_limit"] = nodes
    options: Any = limits
    found = milp(
        -model.cost,
        integrality=model.integer.astype(np.int64),
        bounds=Bounds(model.floor, model.top),
        constraints=rows,
        options=options,
    )
    if found.status not in _MILP_STATUS or (found.status == 2 and "nfeasible" not in found.message):
        raise SolverFaultError(f"HiGHS answered {found.status}: {found.message}")
    answered = _MILP_STATUS[found.status]
    if answered == "infeasible":
        return Answer(answered, np.zeros(0), np.zeros(0), -np.inf, -np.inf)
    proved = getattr(found, "mip_dual_bound", None)
    bound = np.inf if proved is None or not np.isfinite(proved) else model.constant - float(proved)
    if found.x is None:
        return Answer("nothing", np.zeros(0), np.zeros(0), -np.inf, bound)
    status: Answered = "optimal" if answered == "optimal" else "feasible"
    return Answer(status, np.asarray(found.x), np.zeros(0), model.constant - float(found.fun), bound)


def branch_first(
    model: LinearModel,
    first: Ints,
    seconds: float,
    *,
    nodes: int | None = None,
    gap: float = 0.0,
    start: Floats | None = None,
) -> Answer:
    """Solve the integer form of a linear model with SCIP, some variables being branched on before all others.

    What else SCIP does to find solutions, or begins anew, costs more here than it brings.

    Parameters
    ----------
    first : (variables,) array of int
        Where the others follow from these, or become easy, the tree is far smaller.
    seconds : float
        Time limit; infinite for none.
    nodes : int, optional
        Most nodes of branch and bound: a limit by work.
    gap : float
        Relative distance from the bound that is good enough.
    start : (variables,) array, optional
        A solution to begin with.

    Raises
    ------
    SolverFaultError
        If the status is none that the model can cause.
    """
    from ortools.math_opt import model_pb2  # another fifth of a second to load, for territories alone
    from ortools.math_opt.python import mathopt

    count, rows = len(model.cost), model.matrix.shape[0]
    matrix = model.matrix.tocsr()
    matrix.sort_indices()
    proto = model_pb2.ModelProto()
    proto.variables.ids.extend(range(count))
    proto.variables.lower_bounds.extend(model.floor.tolist())
    proto.variables.upper_bounds.extend(model.top.tolist())
    proto.variables.integers.extend(model.integer.tolist())
    proto.linear_constraints.ids.extend(range(rows))
    proto.linear_constraints.lower_bounds.extend(model.low.tolist())
    proto.linear_constraints.upper_bounds.extend(model.high.tolist())
    kept = matrix.data != 0
    proto.linear_constraint_matrix.row_ids.extend(np.repeat(np.arange(rows), np.diff(matrix.indptr))[kept].tolist())
    proto.linear_constraint_matrix.column_ids.extend(matrix.indices[kept].tolist())
    proto.linear_constraint_matrix.coefficients.extend(matrix.data[kept].tolist())
    proto.objective.maximize = True
    worth = np.flatnonzero(model.cost)
    proto.objective.linear_coefficients.ids.extend(worth.tolist())
    proto.objective.linear_coefficients.values.extend(model.cost[worth].tolist())
    program = mathopt.Model.from_model_proto(proto)
    variables = [program.get_variable(index) for index in range(count)]
    hints = []
    if start is not None:
        hints.append(mathopt.SolutionHint(variable_values=dict(zip(variables, start.tolist(), strict=True))))
    limits = mathopt.SolveParameters(
        time_limit=timedelta(seconds=max(seconds, 0.01)) if np.isfinite(seconds) else None,
        node_limit=nodes,
        relative_gap_tolerance=gap,
        heuristics=mathopt.Emphasis.OFF,
    )
    limits.gscip.int_params.update(SCIP_TREE)
    found = mathopt.solve(
        program,
        mathopt.SolverType.GSCIP,
        params=limits,
        model_params=mathopt.ModelSolveParameters(
            solution_hints=hints, branching_priorities={variables[index]: 1 for index in first.tolist()}
        ),
    )
    answered = found.termination.reason.name.lower()
    if answered == "infeasible":
        return Answer("infeasible", np.zeros(0), np.zeros(0), -np.inf, -np.inf)
    if answered not in _TERMINATION:
        raise SolverFaultError(f"SCIP answered {answered}: {found.termination.detail}")
    bound = found.termination.objective_bounds.dual_bound + model.constant
    if not found.has_primal_feasible_solution():
        return Answer("nothing", np.zeros(0), np.zeros(0), -np.inf, bound)
    objective = found.objective_value() + model.constant
    return Answer(_TERMINATION[answered], np.array(found.variable_values(variables)), np.zeros(0), objective, bound)


def _at_least(model: LinearModel, points: float) -> LinearModel:
    """Return the model with the constraint that its objective is at least so many points."""
    return replace(
        model,
        matrix=sparse.csr_matrix(sparse.vstack([model.matrix, sparse.csr_matrix(model.cost[None, :])])),
        low=np.append(model.low, points - model.constant),
        high=np.append(model.high, np.inf),
    )


def _whole(model: LinearModel) -> bool:
    """Tell whether all variables, coefficients and bounds are whole numbers."""
    bounds = np.concatenate([model.low, model.high])
    bounds = bounds[np.isfinite(bounds)]
    return bool(
        model.integer.all()
        and (model.matrix.data == np.rint(model.matrix.data)).all()
        and (bounds == np.rint(bounds)).all()
    )
