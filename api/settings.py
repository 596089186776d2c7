"""What an operator may set."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Settings:
    """Settings of the service; each has a default that suits one machine.

    Parameters
    ----------
    database : str
        A SQLite file, or ``:memory:``.
    solvers : int
        Runs that are solved at once, each in a child process of its own.
    queue : int
        Runs that may wait; one more is answered with 429.
    spare : bool
        Whether one child process is kept ready, so that no run waits for the engines to load; it costs some memory.
    most_seconds : float
        The longest time limit a run may ask for, in seconds; also the limit of a run that asks for none.
    grace : float
        Seconds that a solve has to come back with its best plan after a cancel, before its process is killed.
    overrun : float
        Seconds beyond a run's time limit for reading, checking and explaining, before it is cancelled and then killed.
    longest_wait : float
        Most seconds that ``Prefer: wait`` is honoured for.
    verify_seconds : float
        Time limit of the solve that verifies a why-not, in seconds.
    upload_bytes : int
        Largest body that brings a scenario, in bytes.
    body_bytes : int
        Largest body of any other request, in bytes.
    inline_bytes : int
        A scenario up to this size is read in a thread of the service; a larger one in a child process, so that
        nobody else has to wait for it.
    inline_rows : int
        The same for a what-if: leads and reps of the scenario that it is made of.
    explained_leads : int
        Leads of all the plans together whose explanations are kept ready in memory; one plan always is.
    remember_seconds : float
        How long an answer is kept for its idempotency key, in seconds.
    """

    database: str = "plumbline.db"
    solvers: int = 2
    queue: int = 100
    spare: bool = True
    most_seconds: float = 3600.0
    grace: float = 30.0
    overrun: float = 300.0
    longest_wait: float = 60.0
    verify_seconds: float = 30.0
    upload_bytes: int = 256 * MIB
    body_bytes: int = 4 * MIB
    inline_bytes: int = MIB
    inline_rows: int = 5_000
    explained_leads: int = 1_000_000
    remember_seconds: float = 86_400.0

    def __post_init__(self) -> None:
        if self.solvers < 1 or self.queue < 1:
            raise ValueError("solvers and queue must be at least 1")
