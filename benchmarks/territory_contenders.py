"""Who draws territories in the race of `benchmarks.territory_peers`: ours, and what others use for the same job.

Each takes a `Ground` and the seconds it has, and returns the number of the territory of each unit, (units,), or None.
Their packages are not needed to run Plumbline: they are in `requirements-bench.lock`, and imported where they are used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from ortools.sat.python import cp_model
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse.csgraph import shortest_path

from scenarios.model import Scenario
from solver import Limits
from solver.pairs import Floats, Ints
from solver.territory.compile import Ground, ground_of
from solver.territory.problem import Territories
from solver.territory.rebalance import rebalance

SCALE = 1_000
"""CP-SAT wants whole numbers: amounts and costs in parts of so many of their largest."""
ROUNDING = 1e-6
NEAR = 4
"""A model has the pairs of each unit with the centres nearest to it, so many times the units of a mean territory."""

Contender = Callable[[Ground, Territories, float, int], Ints | None]


def plumbline(ground: Ground, task: Territories, seconds: float, seed: int) -> tuple[Ints | None, float]:
    """Ours, from the scenario; with the least that any territories cost, as far as it is proved."""
    scenario: Scenario = ground.facts.scenario
    rules = scenario.rules[:-1]  # the last one was added by `ground_of`: every lead has an owner
    found = rebalance(scenario.model_copy(update={"rules": rules}), Limits(time=seconds, seed=seed)).result
    bound = -np.inf if found.bound is None else ground.problem.constant - found.bound
    if found.plan is None:
        return None, bound
    return ground.compiled.owner_in_problem(found.plan.owner)[ground.problem.starts], bound


def region_k_means(ground: Ground, task: Territories, seconds: float, seed: int) -> Ints | None:
    """K-means with regions in one piece each (spopt): near, and not balanced."""
    from spopt.region import RegionKMeansHeuristic

    np.random.seed(seed)  # noqa: NPY002 - that is what it draws from
    model = RegionKMeansHeuristic(ground.spots, task.k, _weights(task), seed=seed)
    model.solve()
    return np.asarray(model.labels_, dtype=np.int64)


def skater(ground: Ground, task: Territories, seconds: float, seed: int) -> Ints | None:
    """Cuts of a spanning tree (Assunção et al. 2006, spopt), with at least half a mean territory's units in each."""
    from spopt.region import Skater

    frame, places = _frame(ground, task)
    model = Skater(frame, _weights(task), places, n_clusters=task.k, floor=task.n // task.k // 2)
    model.solve()
    return np.asarray(model.labels_, dtype=np.int64)


def max_p(ground: Ground, task: Territories, seconds: float, seed: int) -> Ints | None:
    """As many regions as reach the lower bound (max-p, Duque et al. 2012, spopt): their number comes out of it."""
    from spopt.region import MaxPHeuristic

    np.random.seed(seed)  # noqa: NPY002 - as above
    frame, places = _frame(ground, task)
    model = MaxPHeuristic(frame, _weights(task), places, "amount", float(task.lower[0, 0]), top_n=2)
    model.solve()
    return np.asarray(model.labels_, dtype=np.int64)


def balanced_k_means(ground: Ground, task: Territories, seconds: float, seed: int) -> Ints | None:
    """K-means with bounds on the number of units in each cluster (k-means-constrained, Bradley et al. 2000)."""
    from k_means_constrained import KMeansConstrained

    mean, part = task.n / task.k, float(task.upper[0, 0] / (task.amounts[:, 0].sum() / task.k))
    sizes = {"size_min": int(np.ceil((2 - part) * mean)), "size_max": int(part * mean)}
    model = KMeansConstrained(n_clusters=task.k, **sizes, n_init=3, random_state=seed)
    return np.asarray(model.fit_predict(ground.spots), dtype=np.int64)


def highs(ground: Ground, task: Territories, seconds: float, seed: int) -> Ints | None:
    """A plain model, solved by HiGHS as SciPy has it."""
    unit, centre, cost, matrix, low, high = _model(task)
    options: Any = {"time_limit": seconds}
    found = milp(
        cost,
        integrality=np.ones(len(cost), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, low, high),
        options=options,
    )
    return None if found.x is None else _chosen(unit, centre, found.x > 0.5)


def cp_sat(ground: Ground, task: Territories, seconds: float, seed: int) -> Ints | None:
    """The same model, solved by CP-SAT."""
    unit, centre, cost, matrix, low, high = _model(task)
    model, solver = cp_model.CpModel(), cp_model.CpSolver()
    taken = [model.new_bool_var("") for _ in range(len(unit))]
    rows = sparse.csr_matrix(matrix)
    for row in range(rows.shape[0]):
        part = slice(rows.indptr[row], rows.indptr[row + 1])
        values = rows.data[part]
        scale = 1.0 if (values == np.rint(values)).all() else SCALE / np.abs(values).max()  # whole amounts are exact
        whole = np.rint(values * scale).astype(np.int64).tolist()
        total = cp_model.LinearExpr.weighted_sum([taken[k] for k in rows.indices[part].tolist()], whole)
        bounds = [np.clip(bound[row] * scale, -1e15, 1e15) for bound in (low, high)]
        model.add_linear_constraint(total, int(np.ceil(bounds[0] - 1e-9)), int(np.floor(bounds[1] + 1e-9)))
    points = np.rint(cost * (SCALE**2 / cost.max())).astype(np.int64)
    model.minimize(cp_model.LinearExpr.weighted_sum(taken, points.tolist()))
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    solver.parameters.random_seed = seed
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return _chosen(unit, centre, np.array([solver.boolean_value(one) for one in taken]))


CONTENDERS: dict[str, Contender] = {
    "region k-means": region_k_means,
    "skater": skater,
    "max-p": max_p,
    "balanced k-means": balanced_k_means,
    "HiGHS": highs,
    "CP-SAT": cp_sat,
}


def _model(task: Territories) -> tuple[Ints, Ints, Floats, sparse.csr_matrix, Floats, Floats]:
    """Return the model of Hess et al. (1965): x_ij = 1 where unit i is in the territory of unit j.

        sum_j x_ij = 1,    sum_j x_jj = k,    lower x_jj <= sum_i amount_i x_ij <= upper x_jj,    x_ij <= x_jj,
        x_ij <= sum of x_lj over the neighbours l of i with fewer steps to j     (Zoltners & Sinha 1983)

    The last rows, which ask for more than one piece does, stand only where there are links. Returned are the unit and
    the centre of each variable, costs, rows and their bounds.
    """
    n = task.n
    nearest = np.argsort(task.matrix, axis=1, kind="stable")[:, : max(NEAR * n // task.k, 1)]
    allowed = np.zeros((n, n), dtype=bool)
    allowed[np.repeat(np.arange(n), nearest.shape[1]), nearest.ravel()] = True
    np.fill_diagonal(allowed, True)
    number = np.where(allowed, np.cumsum(allowed).reshape(n, n) - 1, -1)
    unit, centre = np.nonzero(allowed)
    pairs, own = np.arange(len(unit)), number[np.arange(n), np.arange(n)]
    rows: list[tuple[Ints, Ints, Floats]] = []  # of entries: row, variable, coefficient
    lows, highs = [np.append(np.ones(n), task.k)], [np.append(np.ones(n), task.k)]
    rows.append((unit, pairs, np.ones(len(unit))))
    rows.append((np.full(n, n), own, np.ones(n)))
    first = n + 1
    for metric in range(task.amounts.shape[1]):
        amount = task.amounts[:, metric]
        lower, upper = task.lower[:, metric], task.upper[:, metric]
        if (amount == np.rint(amount)).all():
            lower, upper = np.ceil(lower - ROUNDING), np.floor(upper + ROUNDING)
        for bound, side in ((lower, 1.0), (upper, -1.0)):
            rows.append((first + centre, pairs, side * amount[unit]))
            rows.append((first + np.arange(n), own, -side * bound))
            lows.append(np.zeros(n))
            highs.append(np.full(n, np.inf))
            first += n
    away = pairs[unit != centre]
    rows.append((first + np.arange(len(away)), own[centre[away]], np.ones(len(away))))
    rows.append((first + np.arange(len(away)), away, -np.ones(len(away))))
    lows.append(np.zeros(len(away)))
    highs.append(np.full(len(away), np.inf))
    first += len(away)
    if task.links is not None:
        steps = shortest_path(task.graph, unweighted=True)
        graph = task.graph.tocoo()
        i, beside = graph.row, graph.col
        row, column = np.nonzero(allowed[i] & allowed[beside] & (steps[beside] < steps[i]))
        index = np.full(len(unit), -1)
        index[away] = np.arange(len(away))
        of_pair = index[number[i[row], column]]
        rows.append((first + of_pair, number[beside[row], column], np.ones(len(row))))
        rows.append((first + np.arange(len(away)), away, -np.ones(len(away))))
        lows.append(np.zeros(len(away)))
        highs.append(np.full(len(away), np.inf))
        first += len(away)
    at, variable, value = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    matrix = sparse.csr_matrix((value, (at, variable)), shape=(first, len(unit)))
    return unit, centre, task.matrix[unit, centre], matrix, np.concatenate(lows), np.concatenate(highs)


def _chosen(unit: Ints, centre: Ints, taken: Any) -> Ints:
    found = np.zeros(int(unit.max()) + 1, dtype=np.int64)
    found[unit[taken]] = centre[taken]
    return found


def _weights(task: Territories) -> Any:
    """Return the neighbours as PySAL has them."""
    from libpysal.weights import W

    graph = task.graph
    return W({i: graph.indices[graph.indptr[i] : graph.indptr[i + 1]].tolist() for i in range(task.n)})


def _frame(ground: Ground, task: Territories) -> tuple[Any, list[str]]:
    """Return a table of the units, and the names of the columns that hold their places."""
    from geopandas import GeoDataFrame, points_from_xy

    axes = dict(zip("xyz", ground.spots.T, strict=True))
    return GeoDataFrame({**axes, "amount": task.amounts[:, 0]}, geometry=points_from_xy(axes["x"], axes["y"])), [*axes]


def prepared(scenario: Scenario, seed: int) -> tuple[Ground, Territories]:
    """Return a scenario of seats as everybody is given it: any unit may be the centre of a territory."""
    ground = ground_of(scenario, seed)
    return ground, ground.seat_task()
