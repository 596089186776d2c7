"""Reasons: the codes of an explanation. Stable words, for programs; `sentences` has the text of each.

A lead has exactly one reason, and so has every rep who did not get it. Both are read off the same figures: the *score*
of a pair is the sum of its terms; its *net* is the score less what its loads cost at the plan's prices.
"""

from __future__ import annotations

ASSIGNED: dict[str, str] = {
    "pinned": "a hard pin rule leaves this rep alone",
    "protected": "a hard protection leaves the owner alone",
    "family": "decided for the whole family of leads that stay together",
    "only_choice": "no other rep is eligible",
    "best_score": "no eligible rep has a higher score, and none a higher net",
    "best_net": "another rep has a higher score, but none has a higher net: prices decided",
    "tied": "another rep has the same net: the plan as a whole, or the seed, decided",
    "rounded": "another choice has a higher net: leads are indivisible, and the integer plan or the search decided",
}
"""Why a lead goes to its rep."""

UNASSIGNED: dict[str, str] = {
    "no_eligible_rep": "hard rules leave no rep for this lead",
    "family": "hard rules leave no rep for its whole family, though some could take the lead alone",
    "not_worth_it": "no eligible rep has a score above leaving it",
    "no_room": "each rep who would gain by it would break a hard row with it",
    "price_too_high": "the places that it needs are worth more to other leads",
    "rounded": "a rep would gain by it even at the prices: the integer plan or the search decided",
}
"""Why a lead stays without a rep."""

OTHERS: dict[str, str] = {
    "removed": "a hard rule removes the pair",
    "family": "a hard rule removes the pair of another lead of the same family",
    "row_full": "the move would pass the upper bound of a hard row of the present plan",
    "needed": "the move would miss the lower bound of a hard row of the present plan",
    "lower_score": "the score is lower, and that is most of the difference in net",
    "better_use": "prices are most of the difference in net: the rep's places have better uses",
    "not_worth_it": "the score is not above leaving the lead unassigned",
    "tied": "the net is the same",
    "rounded": "the net is higher: the integer plan or the search decided",
}
"""Why a rep did not get a lead."""

REASONS: tuple[str, ...] = tuple(dict.fromkeys((*ASSIGNED, *UNASSIGNED)))
"""All reasons of leads; a lead's reason is kept as an index into them."""

INDEX: dict[str, int] = {reason: k for k, reason in enumerate(REASONS)}
"""Place of each reason in `REASONS`."""

OTHER_REASONS: tuple[str, ...] = tuple(OTHERS)
OTHER_INDEX: dict[str, int] = {reason: k for k, reason in enumerate(OTHER_REASONS)}

TIE = 1e-5
"""Nets are the same when they differ by no more than this part of them (at least of 1 point): prices are that exact."""
