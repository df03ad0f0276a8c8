"""Ctrl-C: each press is answered at once, whatever the command is doing.

Python answers a press with a KeyboardInterrupt, which can strike anywhere: in an import, in a finalizer, which
swallows it, or between the moment in which a lock is taken and the `with` that gives it back, so that clearing up
waits for that lock for ever. Here a thread of its own hears of the press. It asks the command's question, if there is
one, while the command goes on. Else it ends the command: KeyboardInterrupt lets it clear up, and what has not done so
in half a second is ended all the same. Either way it says what goes on.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from wordvectors.cli import INTERRUPTED

CLEARING_UP_SECONDS = 0.5
_STRIKE_SECONDS = 0.05
_SHOW_CURSOR = "\x1b[?25h"
_USUAL_COLUMNS = 80
"""Of a terminal that does not say how many it has."""


@dataclass
class Note:
    """What goes on when the command ends now; empty if nothing does. It may be changed as the command gets on."""

    text: str


_notes: list[Note] = []
_questions: list[Callable[[], bool]] = []
_asking = threading.Lock()


@contextmanager
def says(text: str = "") -> Iterator[Note]:
    """Say this when the command is interrupted in the block, beside what is said around it."""
    note = Note(text)
    _notes.append(note)
    try:
        yield note
    finally:
        _notes.remove(note)


@contextmanager
def asks(question: Callable[[], bool]) -> Iterator[None]:
    """Ask a question when Ctrl-C is pressed in the block; while it is open, the block is not left.

    Parameters
    ----------
    question
        Returns whether the command goes on. It is called in another thread than the block.
    """
    _questions.append(question)
    try:
        yield
    except BaseException:
        _questions.remove(question)
        raise
    with _asking:
        _questions.remove(question)


def answer_to(prompt: str) -> str:
    """Ask on standard error; return the answer in lower case, empty if there is nobody to give one."""
    sys.stderr.write(f"\n{prompt} ")
    sys.stderr.flush()
    with suppress(OSError, ValueError):
        return sys.stdin.readline().strip().lower() if sys.stdin else ""
    return ""


def stop_wanted(name: str) -> bool:
    """Ask whether a run, or a tuning, is to be left running or stopped; return whether it is to be stopped."""
    return answer_to(f"Leave {name} running, or stop it? [leave/stop]") in ("stop", "s")


def will_start(name: str) -> str:
    """Return what goes on when the upload that starts a run, or a tuning, is interrupted."""
    return f"If the upload had finished, {name} will start; `wordvectors show {name}` shows it."


def may_go_on(name: str) -> str:
    """Return what goes on when the stopping of a run, or of a tuning, is interrupted."""
    return f"{name} may go on: `wordvectors show {name}` shows how it stands."


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)


def attend(command: Callable[[], None]) -> None:
    """Run a command; when it is interrupted, the process ends with status 130."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        command()  # a shell's background job, for which the press is not meant
        return
    presses = _Presses()
    try:
        command()
    finally:
        presses.end_command()


class _Presses:
    """The presses during one command, each of which is a byte in a pipe: no lock is taken to tell of it."""

    def __init__(self) -> None:
        self._ending = self._struck = self._ended = False
        self._cleared_up = threading.Event()
        self._told, self._tell = os.pipe()
        os.set_blocking(self._tell, False)
        threading.Thread(target=self._listen, daemon=True).start()
        signal.signal(signal.SIGINT, self._strike)
        signal.set_wakeup_fd(self._tell, warn_on_full_buffer=False)

    def end_command(self) -> None:
        """Note that the command has ended: by itself, or because it was interrupted."""
        self._ended = True
        if self._ending:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
            self._cleared_up.set()
            threading.Event().wait()  # for the other thread, which ends the process
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # from here on there is nothing to say
        os.close(self._tell)

    def _strike(self, signum: int, frame: FrameType | None) -> None:
        if self._ending and not self._struck and not self._ended:
            self._struck = True
            raise KeyboardInterrupt

    def _listen(self) -> None:
        answering = None
        while os.read(self._told, 512):
            if answering is not None and answering.is_alive():
                self._end()  # pressed at the question
                continue
            answering = threading.Thread(target=self._answer, daemon=True)
            answering.start()
        os.close(self._told)

    def _answer(self) -> None:
        with _asking:
            goes_on = bool(_questions) and _questions[-1]()
        if not goes_on:
            self._end()

    def _end(self) -> None:
        if self._ending:
            return
        said = [note.text for note in _notes if note.text]  # as it is now: clearing up takes the notes away
        self._ending = True
        cleared_up = self._clear_up()
        try:
            if sys.stderr.isatty():
                width = os.get_terminal_size(2).columns or _USUAL_COLUMNS
                wrapped = [piece for line in said for piece in _wrapped(line, width)]
                said = ["" if cleared_up else _SHOW_CURSOR, *wrapped]
            # Past what buffers standard error, whose lock may be lost; and a pipe that nobody reads is full.
            if select.select([], [2], [], 0)[1]:
                os.write(2, "".join(f"{line}\n" for line in said).encode(sys.stderr.encoding, "replace"))
        finally:
            os._exit(INTERRUPTED)

    def _clear_up(self) -> bool:
        """Interrupt the command, and return whether it has cleared up in time.

        A signal that comes just before the command begins to wait does not end the wait: so it is sent until it is
        noticed.
        """
        until = time.monotonic() + CLEARING_UP_SECONDS
        while not self._cleared_up.is_set() and (left := until - time.monotonic()) > 0:
            if not self._struck:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            self._cleared_up.wait(min(_STRIKE_SECONDS, left))
        return self._cleared_up.is_set()
