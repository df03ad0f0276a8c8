"""The command line. Each module is a group of commands, thin over functions that return data."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from wordvectors.cli.output import CommandError

INTERRUPTED = 128 + signal.SIGINT
"""The exit status, as shells have it."""


def main() -> None:
    """Run the command line; a user's mistake ends with a sentence and exit status 1, Ctrl-C with 130."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _leave)  # until `interrupt` attends: importing takes its time
    from wordvectors.cli import interrupt

    interrupt.attend(_run)


def _leave(signum: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


def _run() -> None:
    import io
    import logging

    from wordvectors.process import forget_numba_switches

    forget_numba_switches()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # what a terminal's encoding lacks is no reason to fail
    from wordvectors.cli.app import app
    from wordvectors.cli.completion import prepare
    from wordvectors.cli.output import CommandError, Warnings, report

    prepare()
    logging.getLogger("wordvectors.aws").handlers = [Warnings()]
    try:
        sys.exit(app(prog_name="wordvectors", standalone_mode=False))
    except CommandError as error:
        report(error)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            error.show()  # type: ignore[attr-defined]
            sys.exit(2)
        known = _known(error)
        if known is None:
            raise
        report(known)
        sys.exit(getattr(error, "exit_code", 1))


def _known(error: Exception) -> CommandError | None:
    """Say in a sentence what AWS or the network refused; None for an error of our own making."""
    from wordvectors.cli.output import CommandError
    from wordvectors.client.cache import InvalidCacheLimit
    from wordvectors.extras import missing_extra
    from wordvectors.files import fault_text
    from wordvectors.lifecycle.errors import UnreadableRow
    from wordvectors.loopback import did_not_answer
    from wordvectors.plain_text import in_plain_words

    if isinstance(error, ImportError) and (missing := missing_extra(error)):
        return CommandError("This command needs more packages", [str(missing)])
    if hasattr(error, "format_message"):  # wrong usage, in Typer's words
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "wordvectors"
        said = in_plain_words(error.format_message())
        return CommandError(said, advice=f"`{command} --help` shows what it takes.")
    module = type(error).__module__
    if did_not_answer(error):
        return CommandError(
            "The local cloud does not answer",
            ["it was stopped, or ended, while the command asked it"],
            "`wordvectors local start` starts it again; `wordvectors runs` then shows how the runs stand.",
        )
    of_aws = ("TransientServiceError", "ObjectArchived")
    if module.startswith(("botocore.", "boto3.")) or type(error).__name__ in of_aws:
        from wordvectors.aws.errors import error_text

        return CommandError("AWS did not do what was asked", [error_text(error)])
    if module == "builtins" and "botocore" in sys.modules:
        from wordvectors.aws.errors import is_of_credentials, settings_text

        if is_of_credentials(error):
            return CommandError("AWS's credentials could not be used", [settings_text(error)])
    if type(error).__name__ == "NotAnswered":
        return CommandError("The address has no answer", [str(error)])
    if isinstance(error, InvalidCacheLimit):
        return CommandError("The cache's bound can't be read", [str(error)])
    if isinstance(error, UnreadableRow):
        return CommandError("A run can't be read", [str(error)])
    if isinstance(error, OSError) and error.errno is not None and not isinstance(error, ConnectionError):
        # Files are named by who writes them (`files.faults_named`).
        where = "" if error.filename else "what the command prints could not be written: "
        return CommandError("A file could not be used", [f"{where}{fault_text(error)}"])
    return None
