"""A way to change the emulator from outside, as the fault tests do. This module itself changes nothing.

`Settings.extension`, or the variable WORDVECTORS_EXTENSION where the local cloud is started, may name another module
with these two functions, and the server calls that one. It may replace anything in ministack, moto and
`local_cloud.emulator` (use `seams.replace`). To see every request, let it replace ministack's application,
`ministack.app.app`.
"""

from __future__ import annotations

from local_cloud.connection import Files


def install(files: Files) -> None:
    """Is called before the first request, when the local cloud has replaced its own parts of ministack."""


def install_interpreter(files: Files) -> None:
    """Is called before the first execution, when those of moto's interpreter are replaced; on another thread."""
