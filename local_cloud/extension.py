"""How to change the emulator from outside: the server calls this module, or the one that `Settings.extension` names.

Such a module has these two functions. They may replace what they like in ministack, moto and
`local_cloud.emulator` (`seams.replace`). To see every request, replace ministack's application, `ministack.app.app`.
"""

from __future__ import annotations

from local_cloud.connection import Files


def install(files: Files) -> None:
    """Called when all of the local cloud's own replacements in ministack are made, before the first request."""


def install_interpreter(files: Files) -> None:
    """Called when those in moto's interpreter are made, before the first execution; on a thread of its own."""
