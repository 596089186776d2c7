"""The mathematics of the rules: one file a rule. The list below is all there is to register."""

from __future__ import annotations

from typing import Any

from solver.rules.availability import AvailabilityMaths
from solver.rules.band import BandMaths
from solver.rules.base import Breach, Parts, RuleMaths, Verdict
from solver.rules.capacity import CapacityMaths
from solver.rules.contiguity import ContiguityMaths
from solver.rules.disruption import DisruptionMaths
from solver.rules.exclusion import ExclusionMaths
from solver.rules.family import FamilyMaths
from solver.rules.match import MatchMaths
from solver.rules.minimum import MinimumMaths
from solver.rules.pin import PinMaths
from solver.rules.protection import ProtectionMaths
from solver.rules.share import ShareMaths
from solver.rules.skills import SkillsMaths
from solver.rules.wall import WallMaths

RULE_MATHS: dict[str, RuleMaths[Any]] = {
    maths.kind: maths
    for maths in (
        CapacityMaths(),
        SkillsMaths(),
        AvailabilityMaths(),
        MatchMaths(),
        ExclusionMaths(),
        PinMaths(),
        ProtectionMaths(),
        FamilyMaths(),
        WallMaths(),
        ShareMaths(),
        BandMaths(),
        DisruptionMaths(),
        MinimumMaths(),
        ContiguityMaths(),
    )
}

__all__ = ["RULE_MATHS", "Breach", "Parts", "RuleMaths", "Verdict"]
