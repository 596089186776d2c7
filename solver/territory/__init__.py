"""Territories: who owns which units, balanced, compact, in one piece, with little disruption and a proof."""

from __future__ import annotations
