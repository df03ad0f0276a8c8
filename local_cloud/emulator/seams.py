"""Replacing symbols of the pinned packages, each one checked."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

PINNED = {"ministack": "1.5.33", "moto": "5.2.5"}


class SeamError(RuntimeError):
    """A symbol the local cloud replaces is not where the pinned version has it."""


def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> Any:
    """Replace `owner.name` by `make(original)` and return the original.

    Parameters
    ----------
    owner : module or class
        Where the symbol lives.
    name : str
        The attribute's name.
    make : callable
        Receives the original, returns what takes its place.

    Raises
    ------
    SeamError
        When `owner` has no such attribute.
    """
    original = require(owner, name)
    setattr(owner, name, make(original))
    return original


def require(owner: Any, name: str) -> Any:
    """The attribute `name` of `owner`; SeamError when it is gone."""
    try:
        return getattr(owner, name)
    except AttributeError:
        raise SeamError(_moved(owner, f"no {name!r} in {_label(owner)}")) from None


def require_all(owner: Any, *names: str) -> None:
    """SeamError when one of the symbols that are used, though private, is gone."""
    for name in names:
        require(owner, name)


def replace_text(owner: Any, name: str, old: str, new: str) -> None:
    """Replace one passage of a string constant, which must hold it exactly once."""
    text = require(owner, name)
    if text.count(old) != 1:
        raise SeamError(_moved(owner, f"a passage of {_label(owner)}.{name} is not as expected"))
    setattr(owner, name, text.replace(old, new))


def _label(owner: Any) -> str:
    return str(getattr(owner, "__qualname__", None) or getattr(owner, "__name__", owner))


def _moved(owner: Any, what: str) -> str:
    module = getattr(owner, "__module__", None) or getattr(owner, "__name__", None)
    package = str(module).partition(".")[0]
    pinned = PINNED.get(package, "?")
    return (
        f"The local cloud is written for {package} {pinned}, and {version(package)} is installed: {what}. "
        f"Install the pinned version: pip install '{package}=={pinned}'."
    )
