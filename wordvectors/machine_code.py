"""Functions that numba compiles, and where their machine code is kept.

numba keeps it by a module's path, for as long as that module's own text stays the same. But a function is made of what
it calls, too: after an upgrade it may go on with what another module had been. And training jobs unpack the same code
into a folder of their own each time. So it is kept here by the text of all modules of the function's folder. What a
compiled function takes from other folders is not part of that: let it be an argument.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache as kept
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import config
from numba.core.caching import InTreeCacheLocator, UserProvidedCacheLocator, UserWideCacheLocator


@kept
def fingerprint(folder: Path) -> str:
    """Return a name for the text of all modules that lie in a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        text = path.read_bytes()
        digest.update(f"{path.name} {len(text)}\n".encode() + text)
    return digest.hexdigest()[:40]


class _ByText:
    """Finds the machine code of a function by the text of its folder: a part of numba's cache locators."""

    _py_file: str

    @classmethod
    def get_suitable_cache_subpath(cls, py_file: str) -> str:
        """Return the name of the folder among those of other texts."""
        folder = Path(py_file).parent
        return f"{folder.name}_{fingerprint(folder)}"

    def get_source_stamp(self) -> str:
        """Return what has to be the same for machine code to be used."""
        return fingerprint(Path(self._py_file).parent)


class GivenFolder(_ByText, UserProvidedCacheLocator):
    """In NUMBA_CACHE_DIR, if it is set."""


class UsersCache(_ByText, UserWideCacheLocator):
    """In the user's cache folder, where all installations and all jobs find it."""


class BesideModule(_ByText, InTreeCacheLocator):
    """Beside the module, where there is no folder for a user's cache."""


LOCATORS = ",".join(
    f"{place.__module__}.{place.__qualname__}" for place in (GivenFolder, UsersCache, BesideModule)
)


def jitted(function: Callable[..., Any], **options: bool | str) -> Callable[..., Any]:
    """Have numba compile a function when it is called; the options are those of `numba.njit`.

    NUMBA_DISABLE_JIT leaves the project's functions alone: some are made of LLVM's instructions, which Python
    can't run.
    """
    switched_off, config.DISABLE_JIT = config.DISABLE_JIT, 0
    locators, config.CACHE_LOCATOR_CLASSES = config.CACHE_LOCATOR_CLASSES, LOCATORS
    try:
        return njit(**options)(function)
    finally:
        config.DISABLE_JIT, config.CACHE_LOCATOR_CLASSES = switched_off, locators


def compiled(function: Callable[..., Any], *, cache: bool = True) -> Callable[..., Any]:
    """Compile a function to run without the GIL; keep the machine code where there is a place for it.

    Where there is none, it is compiled in every process.
    """
    try:
        return jitted(function, nogil=True, cache=cache)
    except RuntimeError:
        return jitted(function, nogil=True)
