"""Fairness: entitlements, fair targets, and the figures that tell how fair a plan is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.selection import Selection
from solver.facts import Facts
from solver.pairs import Bools, Floats, Ints


@dataclass(frozen=True)
class Group:
    """Reps who are compared with each other: their indices, and their parts of the group's total, which add up to 1."""

    name: str
    reps: Ints
    entitlement: Floats


def groups_of(facts: Facts, by: str | None, reps: Selection) -> list[Group]:
    """Return the fairness groups: the chosen reps, split by a rep column.

    Entitlement: explicit share, or FTE x presence x ramp-up, over the sum of the group. A group in which nobody is
    entitled to anything is left out.
    """
    chosen = np.flatnonzero(facts.select_reps(reps))
    cells = facts.rep_cells(by) if by else [""] * facts.m
    groups = []
    for name in sorted({str(cells[j] or "") for j in chosen}):
        members = np.array([j for j in chosen if str(cells[j] or "") == name], dtype=np.int64)
        weight = facts.weight[members]
        if weight.sum() > 0:
            groups.append(Group(name, members, weight / weight.sum()))
    return groups


def targets(facts: Facts, metric: str, by: str | None, reps: Selection, load: Floats) -> Floats:
    """Return each rep's fair target, (m,), for given total loads; NaN for reps in no group."""
    target = np.full(facts.m, np.nan)
    for group in groups_of(facts, by, reps):
        target[group.reps] = group.entitlement * load[group.reps].sum()
    return target


def fixed_targets(facts: Facts, metric: str, leads: Bools, reps: Selection) -> tuple[Ints, Floats]:
    """Return the chosen reps and their targets if every chosen lead were assigned; what they carry counts."""
    (group,) = groups_of(facts, None, reps) or [Group("", np.zeros(0, dtype=np.int64), np.zeros(0))]
    total = facts.lead_total(metric, leads) + facts.carried(metric)[group.reps].sum()
    return group.reps, group.entitlement * total


def figures(load: Floats, target: Floats) -> dict[str, float]:
    """Return how fair loads are against targets.

    Jain's index (Jain, Chiu & Hawe 1984) and the Gini coefficient of load / target, the smallest and largest
    ratio, and the worst deviation from 1. Reps without a target are left out.
    """
    valid = np.isfinite(target) & (target > 0)
    if not valid.any():
        return {"jain": 1.0, "gini": 0.0, "min_ratio": 1.0, "max_ratio": 1.0, "worst_deviation": 0.0}
    ratio = np.sort(load[valid] / target[valid])
    k = len(ratio)
    total = float(ratio.sum())
    square = float((ratio**2).sum())
    rank = 2 * np.arange(1, k + 1) - k - 1
    return {
        "jain": total**2 / (k * square) if square > 0 else 1.0,
        "gini": float((rank * ratio).sum() / (k * total)) if total > 0 else 0.0,
        "min_ratio": float(ratio[0]),
        "max_ratio": float(ratio[-1]),
        "worst_deviation": float(np.abs(ratio - 1.0).max()),
    }


def envy_pairs(load: Floats, largest: Floats, target: Floats, group: Ints) -> int:
    """Return how many reps envy how many others by more than one lead (EF1, weighted; Chakraborty et al. 2021).

    Rep j envies rep k of the same group when load / target of k, less k's largest lead, is still above that of j.

    Parameters
    ----------
    load, largest, target : (m,) arrays
        Loads, the largest single lead in each, and fair targets (nan or 0: the rep is left out).
    group : (m,) array of int
        Fairness group of each rep.
    """
    valid = np.isfinite(target) & (target > 0)
    ratio, least = load[valid] / target[valid], (load - largest)[valid] / target[valid]
    envies = least[None, :] > ratio[:, None] + 1e-9 * np.maximum(1.0, np.abs(ratio))[:, None]
    same = group[valid][None, :] == group[valid][:, None]
    return int((envies & same).sum())
