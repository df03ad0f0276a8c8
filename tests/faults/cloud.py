"""Start a local cloud whose requests can be made to go wrong, and are recorded (`FaultBook`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local_cloud import account
from local_cloud.connection import Connection
from tests.faults import emulator
from tests.faults.emulator.pace import Pace, set_pace


def start(home: Path, *, pace: Pace | None = None, **how: Any) -> Connection:
    """Start it, or find the one that runs, as `local_cloud.account.start` does, at a pace."""
    set_pace(home, pace or Pace())
    return account.start(home, extension=emulator.__name__, **how)
