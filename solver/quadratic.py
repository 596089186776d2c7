"""Steps of the prices: the minimum of a quadratic model in a box."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import cg

from solver.pairs import Floats

HOLD = 0.01
"""Resistance added to that of every price, in parts of the median."""


def box_step(
    here: Floats, slope: Floats, bend: sparse.csr_matrix, unit: Floats, most: Floats, least: Floats, tops: Floats
) -> Floats:
    """Return the step to the minimum of the quadratic model, with every price in its range and within reach.

    Prices that next to nothing answers to, such as those of a rep whom few leads are near, are held back by a part of
    the usual resistance (Levenberg 1944), or they would run away and shorten everybody's steps.
    """
    answering = bend.diagonal() * unit**2
    usual = float(np.median(answering[answering > 0])) if (answering > 0).any() else 0.0
    extra = HOLD * usual / unit**2 + 1e-3 * np.abs(slope) / most  # flat directions too have an end
    size = np.sqrt(np.maximum(bend.diagonal() + extra, 1e-30))
    scaled = sparse.csr_matrix(sparse.diags(1.0 / size) @ bend @ sparse.diags(1.0 / size))
    scaled.setdiag(1.0)
    low, high = np.maximum(least - here, -most) * size, np.minimum(tops - here, most) * size
    step = box_minimum(scaled, slope / size, low, high)
    return np.asarray(np.clip(here + step / size, least, tops) - here)


def box_minimum(bend: sparse.csr_matrix, tilt: Floats, low: Floats, high: Floats) -> Floats:
    """Return where `tilt x + x bend x / 2` is smallest between the bounds; 0 is between them.

    Projected Newton steps (Bertsekas 1982), each over the variables that are free to move, by conjugate gradients.
    """
    here, slope, value = np.zeros(len(tilt)), tilt, 0.0
    for _ in range(20):
        places = np.flatnonzero(~(((here <= low) & (slope > 0)) | ((here >= high) & (slope < 0))))
        if np.linalg.norm(slope[places]) <= 1e-3 * np.linalg.norm(tilt[places]):
            break
        step = np.zeros(len(tilt))
        step[places] = cg(bend[places][:, places], -slope[places], rtol=1e-2, maxiter=100)[0]
        length, gained = 1.0, 0.0
        while length > 1e-6 and gained <= 0:
            there = np.clip(here + length * step, low, high)
            bent = bend @ there
            gained = value - float(tilt @ there + 0.5 * there @ bent)
            length *= 0.5
        if gained <= 0:
            break
        here, slope, value = there, tilt + bent, value - gained
        if gained < 1e-6 * abs(value):
            break
    return here
