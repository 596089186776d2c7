"""Lint of leads and reps to whom the hard rules about pairs leave nobody, or nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scenarios.checks.demand import unheld_skills
from scenarios.checks.facts import lead_place, listed
from scenarios.checks.pairs import Pairs, blocking
from scenarios.checks.selections import Bools
from scenarios.issues import Issue, warning
from scenarios.rules import Pin, Protection


def leads_without_rep(pairs: Pairs) -> Iterator[Issue]:
    """Each lead has a rep who may take it."""
    facts = pairs.facts
    everyone = np.ones(facts.m, dtype=bool)
    rows = np.flatnonzero(~pairs.offers.takers(everyone) & ~_told_of(pairs))
    if len(rows):
        rules = listed(blocking(pairs.offers.removals, int(rows[0]), everyone))
        first = facts.lead_id(int(rows[0]))
        yield warning("leads_without_rep", lead_place(rows[0], "id"), rules=rules, count=len(rows), lead=first)


def _told_of(pairs: Pairs) -> Bools:
    """Return the leads for which another check names the cause: pins, protections, missing skills, whole tiers."""
    facts = pairs.facts
    told = np.zeros(facts.n, dtype=bool)
    for pin in facts.hard(Pin):
        told[facts.lead_rows(pin)] = True
    for protection in facts.hard(Protection):
        told[facts.protected_rows(protection)] = True
    for _, _, asking, _ in unheld_skills(facts):
        told[asking] = True
    tiers = facts.leads["tier"].to_numpy()
    served = tiers[pairs.offers.takers(np.ones(facts.m, dtype=bool))]
    return told | ~np.isin(tiers, served)


def reps_without_lead(pairs: Pairs) -> Iterator[Issue]:
    """Each rep who is there has a lead that they may take."""
    facts = pairs.facts
    idle = (pairs.possible.within_reach(np.ones(facts.n)) == 0) & (facts.presence > 0)
    if idle.any() and not idle.all():
        reps = np.flatnonzero(idle)
        yield warning("reps_without_lead", f"/reps/{reps[0]}", reps=listed(facts.rep_ids(idle)), count=len(reps))
