"""Contiguity of the Hess model: what every way passes, and separators of parts that are cut off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solver.pairs import Bools, Floats, Ints
from solver.territory.hess import Separator
from solver.territory.holding import within
from solver.territory.problem import CLOSE, Territories

Near = list[list[int]]


def last_passed(near: Near, allowed: Bools, root: int) -> dict[int, int]:
    """Return, of each unit that is reached from a root over allowed ones, the last unit that every way to it passes.

    In a search depth first, a child from below which nothing leads back above its parent hangs on that parent alone;
    any other shares a block with it, and so what the parent hangs on (Hopcroft & Tarjan 1973).
    """
    number, low, parent = {root: 0}, {root: 0}, {root: root}
    order, stack = [root], [(root, iter(near[root]))]
    while stack:
        unit, rest = stack[-1]
        for other in rest:
            if not allowed[other]:
                continue
            if other not in number:
                number[other] = low[other] = len(order)
                parent[other] = unit
                order.append(other)
                stack.append((other, iter(near[other])))
                break
            low[unit] = min(low[unit], number[other])
        else:
            stack.pop()
            above = parent[unit]
            low[above] = min(low[above], low[unit])
    passed: dict[int, int] = {}
    for unit in order[1:]:
        above = parent[unit]
        passed[unit] = above if low[unit] >= number[above] else passed[above]
    return passed


def reachable(task: Territories, near: Near, allowed: Bools) -> Bools:
    """Return the allowed pairs of which the unit is reached from the candidate's own within every upper bound."""
    assert task.own is not None
    left = np.zeros_like(allowed)
    for j, own in enumerate(task.own.tolist()):
        if allowed[own, j]:
            left[:, j] = allowed[:, j]
            for amount, most in zip(task.amounts.T.tolist(), task.upper[j].tolist(), strict=True):
                room = most + CLOSE * max(1.0, abs(most)) if np.isfinite(most) else np.inf
                left[:, j] &= within(near, amount, own, left[:, j], room)
    return left


def needs_of(task: Territories, near: Near, allowed: Bools) -> dict[tuple[int, int], int]:
    """Return, of each pair, the unit that every way from the candidate's own passes last, where it is another."""
    assert task.own is not None
    found: dict[tuple[int, int], int] = {}
    for j, own in enumerate(task.own.tolist()):
        if allowed[own, j]:
            found |= {(i, j): d for i, d in last_passed(near, allowed[:, j], own).items() if d != own}
    return found


def violated(task: Territories, near: Near, allowed: Bools, centre: Ints) -> list[Separator]:
    """Return minimal separators of the parts of territories that are cut off; empty: every territory is in one piece.

    A separator needs only the units over which a way stays within the upper bounds (the length-bounded separators of
    Validi, Buchanan & Lykhovyd 2022).
    """
    found = []
    for j in np.unique(centre).tolist():
        parts = _parts(near, centre == j, None if task.own is None else int(task.own[j]))
        root = parts[0][0]
        for part in parts[1:]:
            members = set(part)
            for side in (
                _boundary(near, allowed[:, j], members, root),
                _boundary(near, allowed[:, j], set(parts[0]), part[0]),
            ):
                for unit in part:
                    through = _least(task, near, allowed[:, j], j, unit, root, side - members - set(parts[0]))
                    apart = (unit,) if task.own is not None else (unit, root)
                    found.append(Separator(j, apart, through))
    return list(dict.fromkeys(found))


def _parts(near: Near, inside: Bools, root: int | None) -> list[list[int]]:
    """Return the parts of a territory, that of the root first."""
    parts: list[list[int]] = []
    seen: set[int] = set()
    units = np.flatnonzero(inside).tolist()
    for start in units if root is None else [root, *units]:
        if start in seen:
            continue
        seen.add(start)
        part = [start]
        for unit in part:
            for other in near[unit]:
                if inside[other] and other not in seen:
                    seen.add(other)
                    part.append(other)
        parts.append(part)
    return parts


def _boundary(near: Near, allowed: Bools, members: set[int], target: int) -> set[int]:
    """Return the allowed units next to a part that have a way to a target which meets no other such unit."""
    edge = {v for u in members for v in near[u] if allowed[v] and v not in members}
    seen, queue = {target}, [target]
    touched: set[int] = {target} & edge
    for unit in queue:
        for other in near[unit]:
            if other in edge:
                touched.add(other)
            elif allowed[other] and other not in seen and other not in members:
                seen.add(other)
                queue.append(other)
    return touched


def _least(
    task: Territories, near: Near, allowed: Bools, j: int, unit: int, root: int, separator: set[int]
) -> tuple[int, ...]:
    """Leave out of a separator what it does not need for no way to stay within the bounds."""
    open_units = allowed.copy()
    open_units[list(separator)] = False
    kept = []
    metrics = [m for m in range(task.amounts.shape[1]) if np.isfinite(task.upper[j, m])]
    heavy: Floats = task.amounts.sum(axis=1)
    for other in sorted(separator, key=lambda u: (-heavy[u], u)):
        open_units[other] = True
        if _connects(task, near, open_units, j, unit, root, metrics):
            open_units[other] = False
            kept.append(other)
    return tuple(sorted(kept))


def _connects(
    task: Territories, near: Near, allowed: Bools, j: int, unit: int, root: int, metrics: Sequence[int]
) -> bool:
    """Tell whether there is a way between two units, and within each bound for itself."""
    if not metrics:
        return bool(within(near, [0.0] * task.n, root, allowed, 0.0)[unit])
    for metric in metrics:
        most = float(task.upper[j, metric])
        room = most + CLOSE * max(1.0, abs(most))
        if not within(near, task.amounts[:, metric].tolist(), root, allowed, room)[unit]:
            return False
    return True
