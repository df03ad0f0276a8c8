"""Tables as one HTML page that opens from disk: no script, no network, dark mode and narrow screens included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from wordvectors.files import written_whole
from wordvectors.plain_text import plain

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --mark: light-dark(#0b57d0, #8ab4f8); }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { font-variant-numeric: tabular-nums; min-width: 5rem; max-width: 24rem; overflow-wrap: break-word; }
strong { color: var(--mark); }
""".strip()


@dataclass(frozen=True)
class Section:
    """A part of a page: a heading, a sentence and a table; all plain text, the first column names the row."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    marked: frozenset[tuple[int, int]] = field(default_factory=frozenset)


def write_page(path: Path, title: str, sections: Sequence[Section]) -> None:
    """Write a page; the file appears when it is complete."""
    parts = [
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{_text(title)}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>\n{_STYLE}\n</style>\n</head>\n<body>\n<main>\n<h1>{_text(title)}</h1>",
        *map(_section, sections),
        "</main>\n</body>\n</html>\n",
    ]
    with written_whole(path) as file:
        file.write("\n".join(parts).encode())


def _section(section: Section) -> str:
    head = "".join(f'<th scope="col">{_text(name)}</th>' for name in section.columns)
    body = "\n".join(
        "<tr>"
        + "".join(_cell(cell, column, (row, column) in section.marked) for column, cell in enumerate(cells))
        + "</tr>"
        for row, cells in enumerate(section.rows)
    )
    note = f"<p>{_text(section.note)}</p>\n" if section.note else ""
    return (
        f"<section>\n<h2>{_text(section.heading)}</h2>\n{note}"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{_text(section.heading)}">\n'
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>\n</section>"
    )


def _cell(text: str, column: int, marked: bool) -> str:
    shown = f"<strong>{_text(text)}</strong>" if marked else _text(text)
    return f'<th scope="row">{shown}</th>' if column == 0 else f"<td>{shown}</td>"


def _text(text: str) -> str:
    return escape(plain(text, 10_000))
