"""Short work for a request that is done in a child process, so that nobody else has to wait for it."""

from __future__ import annotations

import asyncio

from api.errors import Problem, incident
from api.runs.frames import Frame
from api.runs.process import Children


class Helpers:
    """At most so many at once; the others wait for their turn."""

    def __init__(self, children: Children, most: int) -> None:
        self._children, self._turn = children, asyncio.Semaphore(most)

    async def ask(self, job: Frame) -> Frame:
        """Return the answer to a job. The child ends with the request that asked.

        Raises
        ------
        Problem
            ``helper_died``, if there is no answer.
        """
        async with self._turn:
            child, answered = await self._children.start(job), False
            try:
                async for frame in child.frames():
                    if frame.head["is"] != "fault":
                        answered = True
                        return frame
            finally:
                if answered:
                    await self._children.give_back(child)
                else:
                    code = await child.close()
        died = RuntimeError(f"child {child.pid} ended with {code} and no answer to {job.head['is']!r}")
        raise Problem("helper_died", incident=incident(died, "helper"))
