"""Functions that numba compiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit
from numba.core import config


def jitted(function: Callable[..., Any], **options: bool | str) -> Callable[..., Any]:
    """Have numba compile a function when it is called; the options are those of `numba.njit`.

    NUMBA_DISABLE_JIT leaves the project's functions alone: some are made of LLVM's instructions, which Python
    can't run.
    """
    switched_off, config.DISABLE_JIT = config.DISABLE_JIT, 0
    try:
        return njit(**options)(function)
    finally:
        config.DISABLE_JIT = switched_off


def compiled(function: Callable[..., Any], *, cache: bool = True) -> Callable[..., Any]:
    """Compile a function to run without the GIL; keep the machine code where numba finds a place for it.

    That is beside its module, or in the user's cache folder; where neither can be written to, it is compiled
    in every process.
    """
    try:
        return jitted(function, nogil=True, cache=cache)
    except RuntimeError:
        return jitted(function, nogil=True)
