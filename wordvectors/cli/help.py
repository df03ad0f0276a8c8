"""Help for terminals of any width: commands in groups, an example of each, and what `--set` takes."""

from __future__ import annotations

import shutil
import textwrap
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from wordvectors import __version__
from wordvectors.cli.output import console
from wordvectors.figures import plain_value

_Context: Any = typer.Context.__base__
_NARROW = 60
_INDENT = 2


class _Help(_Context.formatter_class):  # type: ignore[misc]  # of the Click that Typer brings along
    """Help for terminals of any width: Typer's own counts on 50 columns, and breaks words."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how | {"width": min(shutil.get_terminal_size().columns, 80) - _INDENT})

    def write_text(self, text: str) -> None:
        """Write paragraphs, whose lines are broken between words only: a name with a hyphen is one."""
        margin = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            filled = textwrap.fill(
                " ".join(paragraph.split()), self.width, initial_indent=margin, subsequent_indent=margin,
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
            self.write(("\n" if number else "") + filled + "\n")

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = _INDENT) -> None:
        """Write names and what they mean; in a narrow terminal the meaning stands below the name."""
        super().write_dl(rows, col_max if self.width >= _NARROW else _INDENT, col_spacing)


def use() -> None:
    """Have all help written so."""
    _Context.formatter_class = _Help


class Commands(TyperGroup):
    """Commands under the headings of their groups."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, group by group, in the order in which they were added; an example ends each group."""
        groups: dict[str, list[tuple[str, str]]] = {}
        examples: dict[str, str] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                heading = getattr(command, "rich_help_panel", None)
                heading = heading if isinstance(heading, str) else "Commands"
                groups.setdefault(heading, []).append((name, command.get_short_help_str(limit=1_000)))
                examples.setdefault(heading, command.epilog or "")
        for heading, rows in groups.items():
            with formatter.section(heading):
                formatter.write_dl(rows)
                formatter.write_paragraph()
                formatter.write_text(examples[heading])


class WithHyperparameters(TyperCommand):
    """A command whose help has the hyperparameters."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, and the hyperparameters that `--set` takes."""
        from wordvectors.blazingtext.hyperparameters import Hyperparameters

        super().format_options(ctx, formatter)
        with formatter.section("Hyperparameters, for --set"):
            formatter.write_text("A deployment may have other defaults than these, which are BlazingText's.")
            formatter.write_paragraph()
            formatter.write_dl(
                [
                    (name, f"{field.description}; {_default(field.default)}")
                    for name, field in Hyperparameters.model_fields.items()
                ]
            )


def _default(value: object) -> str:
    if value is None:
        return "none by default"
    return f"by default {plain_value(value)}"


def print_version(wanted: bool) -> None:
    """Print the version and end, if that is wanted."""
    if wanted:
        console.show(f"wordvectors {__version__}")
        raise typer.Exit
