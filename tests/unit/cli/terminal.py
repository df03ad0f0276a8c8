"""A terminal of any width: what is written to it, and what its screen then shows."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PART = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|\x1b\]8;.*?\x1b\\|(.)", re.DOTALL)


class Terminal:
    """The terminal's end of a pseudo-terminal. It has as many lines as are written."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.written = b""
        self._ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        try:
            while part := os.read(self._ours, 65_536):
                self.written += part
        except OSError:  # how Linux says that the other end is closed
            pass

    def close(self) -> None:
        """Wait for all that was written."""
        os.close(self.theirs)
        self._reader.join()
        os.close(self._ours)

    @property
    def text(self) -> str:
        """What was written, as a pipe would have it."""
        return self.written.decode().replace("\r\n", "\n")

    def screen(self) -> list[str]:
        """Return the lines that are left on the screen: those that a bar writes over are gone."""
        lines, row, column = [""], 0, 0
        for match in _PART.finditer(self.written.decode()):
            number, command, character = match.groups()
            count = int(number) if (number or "").isdigit() else 1
            if command == "A":
                row = max(row - count, 0)
            elif command == "K":
                lines[row] = "" if number == "2" else lines[row][:column]
            elif character == "\r":
                column = 0
            elif character == "\n":
                row += 1
            elif character:
                if column == self.columns:
                    row, column = row + 1, 0
                lines += [""] * (row + 1 - len(lines))
                lines[row] = lines[row].ljust(column)[:column] + character + lines[row][column + 1 :]
                column += 1
            lines += [""] * (row + 1 - len(lines))
        return [line.rstrip() for line in lines]


@contextmanager
def terminal(columns: int) -> Iterator[Terminal]:
    """Let standard input, output and error be a terminal in the block."""
    made = Terminal(columns)
    kept, streams = [os.dup(number) for number in range(3)], (sys.stdout, sys.stderr)
    for number in range(3):
        os.dup2(made.theirs, number)
    sys.stdout, sys.stderr = (os.fdopen(os.dup(number), "w", encoding="utf-8") for number in (1, 2))
    try:
        yield made
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.close()
        sys.stdout, sys.stderr = streams
        for number, descriptor in enumerate(kept):
            os.dup2(descriptor, number)
            os.close(descriptor)
        made.close()
