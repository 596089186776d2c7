"""What a watch tells of a solve."""

from __future__ import annotations

import numpy as np

from solver.limits import Limits, Progress, Watch


def test_progress_is_plain_numbers() -> None:
    told: list[Progress] = []
    watch = Watch(Limits(), told.append)
    watch.tell("search", np.float64(1.5), np.float32(2.0))  # type: ignore[arg-type]
    watch.tell("search", None, np.int64(3))  # type: ignore[arg-type]
    assert [(type(p.incumbent), type(p.bound)) for p in told] == [(float, float), (type(None), float)]
    assert (told[0].incumbent, told[0].bound, told[1].bound) == (1.5, 2.0, 3.0)
