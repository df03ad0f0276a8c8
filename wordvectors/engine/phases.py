"""Where the time of a training goes, and how much of it went into compiling."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

START_UP = "start-up"


class Phases:
    """The seconds of each phase; what comes before the first one is start-up.

    Attributes
    ----------
    compiling : float
        Seconds of all phases together that numba took to compile, unless it kept the machine code of an earlier run.
    """

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._seconds: dict[str, float] = {}
        self.compiling = 0.0

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Add the time of the block to a phase."""
        from numba.core import event

        started = time.perf_counter()
        self._seconds.setdefault(START_UP, started - self._started)
        with event.install_timer("numba:compile", self._add_compiling):
            yield
        self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - started

    def _add_compiling(self, seconds: float) -> None:
        self.compiling += seconds

    def summary(self) -> str:
        """Return the seconds of the phases so far."""
        phases = ", ".join(f"{name} {seconds:.2f}" for name, seconds in self._seconds.items())
        in_all = time.perf_counter() - self._started
        compiling = f" (of these {self.compiling:.2f} compiling)" if self.compiling else ""
        return f"Seconds: {phases}; in all {in_all:.2f}{compiling}"
