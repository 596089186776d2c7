"""How much a reader takes in before it says no."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadLimits:
    """The most that reading accepts; each limit has an issue code of its own. A service sets smaller ones.

    Parameters
    ----------
    file_bytes : int
        Bytes of one file.
    unpacked_bytes : int
        Bytes of all files in a `.zip` or `.xlsx`, unpacked.
    ratio : int
        How many times its size one packed file may unpack to, from 1 MiB on.
    entries : int
        Files in a `.zip` or `.xlsx`.
    leads, reps, links, travel : int
        Rows of each table.
    columns : int
        Columns of each table.
    sheet_cells : int
        Cells of the rectangle that a sheet spans, empty ones too: they all cost memory.
    rules : int
        Rules, and likewise goals; never more than a scenario may hold.
    cell_bytes : int
        Bytes of one cell, as UTF-8.
    """

    file_bytes: int = 1_000_000_000
    unpacked_bytes: int = 2_000_000_000
    ratio: int = 200
    entries: int = 1_000
    leads: int = 2_000_000
    reps: int = 100_000
    links: int = 6_000_000
    travel: int = 5_000_000
    columns: int = 500
    sheet_cells: int = 50_000_000
    rules: int = 10_000
    cell_bytes: int = 120_000

    def rows(self, table: str) -> int:
        """Return the most rows of a table, ``leads``, ``reps``, ``links`` or ``travel``."""
        return {"leads": self.leads, "reps": self.reps, "links": self.links, "travel": self.travel}[table]


RATIO_FROM = 1 << 20
"""Smaller files may be packed as tightly as they like: they cannot do harm."""
