"""What holds in a process of the project's own, and would be too much for a library."""

from __future__ import annotations

import os


def forget_numba_switches() -> None:
    """Remove numba's variables from the environment, all but the one that says where machine code is kept.

    They are for people who debug or tune functions of their own; ours may not even compile under them.
    """
    for name in [name for name in os.environ if name.startswith("NUMBA_") and name != "NUMBA_CACHE_DIR"]:
        del os.environ[name]
