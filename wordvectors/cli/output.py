"""What the command line prints: tables and sentences for people, JSON for machines.

Nothing that is printed is cut or broken within a word, a number or a path, however narrow the terminal; what is
piped or written to a file has lines of any length. Text is shown as it is: `:dog:` stays `:dog:`, and what a
terminal would obey is replaced.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.text import Text

from wordvectors.plain_text import escaped_in_json, plain

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Shown = str | Text
"""A text from anywhere, or one that has a style."""

_LONGEST_LINE = 10_000
_GAP = "  "


class Terminal(Console):
    """A terminal, or what stands in its place; each line is a `Shown`."""

    @property
    def room(self) -> int:
        """How many columns there are: in a pipe or a file any number, whatever COLUMNS says."""
        return self.width if self.file.isatty() else sys.maxsize

    def show(self, text: Shown = "") -> None:
        """Print a text in one line, such as a path or a command to be copied."""
        self.print(text_of(text), soft_wrap=True)

    def say(self, text: Shown, *, indent: int = 0) -> None:
        """Print a sentence, wrapped between words; further lines begin at `indent`."""
        self.show(_wrapped(text, self.room - indent, "\n" + " " * indent))

    def warn(self, text: str) -> None:
        """Print what a person should look at."""
        self.say(Text.assemble(("! ", "yellow"), text_of(text)), indent=2)

    def beside_bars(self) -> Terminal:
        """Return where to print while bars move on standard error: there, if both are terminals.

        Two consoles would write over each other's lines.
        """
        return errors if self.is_terminal and errors.is_terminal else self


def _standard(stream_is_errors: bool) -> Terminal:
    """Return what writes to a standard stream.

    In a notebook it is none of a terminal's, whatever ipykernel says by FORCE_COLOR: bars would be lines below lines
    there, and Rich's own support for Jupyter wants ipywidgets.
    """
    in_notebook = "ipykernel" in sys.modules
    return Terminal(
        highlight=False,
        emoji=False,
        markup=False,
        stderr=stream_is_errors,
        force_jupyter=False,
        force_terminal=False if in_notebook else None,
    )


console, errors = _standard(stream_is_errors=False), _standard(stream_is_errors=True)


class Warnings(logging.Handler):
    """Shows what the library logs, which is what a person should look at."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record on standard error."""
        errors.warn(record.getMessage())


class CommandError(Exception):
    """A command that can't do what was asked: a title, the faults one by one, and what to do about it."""

    def __init__(self, title: str, faults: Iterable[str] = (), advice: str | None = None) -> None:
        super().__init__(title)
        self.title = title
        self.faults = list(faults)
        self.advice = advice


Member = TypeVar("Member", bound=StrEnum)


def member_of(kind: type[Member]) -> Callable[[str], Member]:
    """Return what reads a member of an enum from the command line, in upper or lower case.

    Typer's own reading of it answers a wrong one in its validator's words.
    """

    def read(text: str) -> Member:
        for member in kind:
            if member.lower() == text.lower():
                return member
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(member.lower() for member in kind)}.")

    return read


def typed(word: str) -> str:
    """Read a word from the command line: it is UTF-8, whatever the locale has Python take its bytes for."""
    try:
        return os.fsencode(word).decode()
    except UnicodeError:
        return word


def report(error: CommandError) -> None:
    """Print an error for people, on standard error."""
    errors.say(text_of(f"✗ {error.title}", "red bold"), indent=2)
    for fault in error.faults:
        errors.say(f"  • {fault}", indent=4)
    if error.advice:
        errors.say(f"  → {error.advice}", indent=4)


def agreed(question: str) -> bool:
    """Ask on standard error, and return whether the answer is yes; where there is nobody to ask it is no."""
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        return False


def print_json(value: Any, indent: int | None = 2) -> None:
    """Print a value as JSON on standard output, without an indent in one line; of models what is known.

    A run's scores stand beside what they rest on: the interval, the coverage, and the doubt, if there is one.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=_as_json)
    sys.stdout.write(f"{escaped_in_json(text)}\n")


def _as_json(value: object) -> Any:
    if not isinstance(value, BaseModel):
        return str(value)
    from wordvectors.lifecycle.run import Run

    certainty = {"certainty": value.certainty()} if isinstance(value, Run) else {}
    return value.model_dump(mode="json", exclude_unset=True) | certainty


def show_table(columns: Sequence[str], rows: Iterable[Sequence[Shown]], right: Container[int] = ()) -> None:
    """Print a table; in a terminal too narrow for it a block for each row, named by the row's first cell.

    Parameters
    ----------
    right
        The columns whose cells end below each other, such as those of numbers.
    """
    cells = [[text_of(cell) for cell in row] for row in rows]
    if not _in_columns(columns, cells, right):
        for name, *values in cells:
            name.stylize("bold")
            console.show(name)
            show_facts(zip(columns[1:], values, strict=True), indent=2)


def show_lists(lists: Mapping[str, Iterable[Shown]]) -> None:
    """Print lists beside each other; in a terminal too narrow for that below each other."""
    texts = {name: [text_of(one) for one in each] for name, each in lists.items()}
    if not _in_columns([*texts], [[*row] for row in zip(*texts.values(), strict=False)]):
        for name, each in texts.items():
            console.show(text_of(name, "bold"))
            for one in each:
                console.show(Text(_GAP) + one)


def show_facts(facts: Iterable[tuple[str, Shown]], indent: int = 0) -> None:
    """Print names and values, those that are empty left out; a value too long stands below its name."""
    told = [(text_of(name, "bold"), text_of(value)) for name, value in facts if value]
    widest = max((name.cell_len for name, _ in told), default=0)
    margin = " " * indent
    for name, value in told:
        name.pad_right(widest - name.cell_len)
        beside = indent + widest + len(_GAP)
        if max((Text(word).cell_len for word in value.plain.split()), default=0) <= console.room - beside:
            shown = Text(margin) + name + _GAP + _wrapped(value, console.room - beside, "\n" + " " * beside)
        else:
            below = f"\n{margin}{_GAP}"
            shown = Text(margin) + name + below + _wrapped(value, console.room - len(below) + 1, below)
        console.show(shown)


def _in_columns(columns: Sequence[str], rows: Sequence[Sequence[Text]], right: Container[int] = ()) -> bool:
    """Print a table in columns if there is room, and return whether there was."""
    lines = [[text_of(name, "bold") for name in columns], *rows]
    widths = [max(cell.cell_len for cell in cells) for cells in zip(*lines, strict=True)]
    if sum(widths) + len(_GAP) * (len(widths) - 1) > console.room:
        return False
    for line in lines:
        for number, (cell, width) in enumerate(zip(line, widths, strict=True)):
            (cell.pad_left if number in right else cell.pad_right)(width - cell.cell_len)
        shown = Text(_GAP).join(line)
        shown.rstrip()
        console.show(shown)
    return True


def text_of(shown: Shown, style: str = "") -> Text:
    """Return what is shown of a text from anywhere: no escape sequences, no markup."""
    if isinstance(shown, Text):
        return shown
    return Text("\n".join(plain(line, _LONGEST_LINE) for line in shown.split("\n")), style)


def _wrapped(shown: Shown, width: int, newline: str) -> Text:
    """Return a text whose lines are broken between words only: a longer word has a line of its own."""
    text = text_of(shown)
    text.overflow = "ignore"  # of words; as an argument of `wrap` it would be of lines
    lines = text.wrap(console, max(width, 1))
    for line in lines:
        line.rstrip()
    return Text(newline).join(lines)
