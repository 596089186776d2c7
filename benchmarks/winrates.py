"""Win rates from few deals each: empirical-Bayes shrinkage with a beta-binomial model.

A rate that rests on three deals says little; next to many others it can borrow strength from them. The prior of a rate
is Beta(s m, s (1 - m)) around a mean m; its strength s, in deals, is the one that makes all the results together most
likely (maximum likelihood of the beta-binomial, Griffiths 1973), and the estimate is the posterior mean (Efron & Morris
1975; Casella 1985):

    rate = (wins + s m) / (deals + s)

References
----------
Griffiths, D. A. (1973). Maximum likelihood estimation for the beta-binomial distribution. Biometrics 29, 637-648.
Efron, B. & Morris, C. (1975). Data analysis using Stein's estimator and its generalizations. JASA 70, 311-319.
Casella, G. (1985). An introduction to empirical Bayes data analysis. The American Statistician 39, 83-87.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import betaln

from solver.pairs import Floats

WEAKEST, STRONGEST = 0.1, 1e5
"""Prior strengths that are looked at, in deals. At the strongest, rates differ by no more than chance."""


@dataclass(frozen=True)
class WinRates:
    """Estimated rates, and how many deals each prior is worth.

    Parameters
    ----------
    pooled : float
        Wins over deals of everybody.
    agent : (agents,) array
        Each agent's rate over all products, shrunken to the pooled rate.
    cell : (agents, products) array
        Each agent's rate with each product, shrunken to the agent's own.
    agent_strength, cell_strength : float
        Strength of the two priors, in deals.
    """

    pooled: float
    agent: Floats
    cell: Floats
    agent_strength: float
    cell_strength: float


def win_rates(wins: Floats, deals: Floats) -> WinRates:
    """Estimate the rate of each agent with each product.

    An agent without a deal with a product has the agent's own rate there; one without any deal has the pooled rate.

    Parameters
    ----------
    wins, deals : (agents, products) arrays
        Deals won, and deals closed.

    Raises
    ------
    ValueError
        If all deals are won, or all lost, or there is none, or a cell has more wins than deals.
    """
    if (wins < 0).any() or (wins > deals).any():
        raise ValueError("wins must be from 0 to the number of deals in every cell")
    if not 0 < wins.sum() < deals.sum():
        raise ValueError("a pooled rate needs at least one deal that was won and one that was lost")
    pooled = float(wins.sum() / deals.sum())
    agent, agent_strength = shrink(wins.sum(axis=1), deals.sum(axis=1), pooled)
    cell, cell_strength = shrink(wins, deals, agent[:, None])
    return WinRates(pooled, agent, cell, agent_strength, cell_strength)


def shrink(wins: Floats, deals: Floats, mean: Floats | float) -> tuple[Floats, float]:
    """Return the posterior mean of each rate, and the strength of the prior, in deals.

    Parameters
    ----------
    wins, deals : arrays of one shape
    mean : array that broadcasts to that shape, or number
        Prior means, above 0 and below 1.
    """
    strength = prior_strength(wins, deals, mean)
    return (wins + strength * mean) / (deals + strength), strength


def prior_strength(wins: Floats, deals: Floats, mean: Floats | float) -> float:
    """Return the strength of the beta prior under which the wins are most likely, from `WEAKEST` to `STRONGEST`."""

    def unlikelihood(log_strength: float) -> float:
        a = np.exp(log_strength) * np.asarray(mean)
        b = np.exp(log_strength) - a
        return -float((betaln(a + wins, b + deals - wins) - betaln(a, b)).sum())

    ends = float(np.log(WEAKEST)), float(np.log(STRONGEST))
    found = minimize_scalar(unlikelihood, bounds=ends, method="bounded")
    return float(np.exp(min((ends[1], float(found.x), ends[0]), key=unlikelihood)))
