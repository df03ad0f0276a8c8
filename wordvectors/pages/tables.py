"""What a page of tables says, as plain text: the command line shows the same in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A part of a page: a heading, a sentence and a table; the first column names the row.

    Attributes
    ----------
    marked : frozenset of (int, int)
        Row and column of the cells that stand out.
    links : sequence of str
        Where the names of the rows lead to; empty if nowhere.
    """

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    marked: frozenset[tuple[int, int]] = frozenset()
    links: Sequence[str] = ()


def tables_page(title: str, sections: Sequence[Section], *, of_runs: bool = False) -> str:
    """Write a page of tables.

    Parameters
    ----------
    of_runs
        Whether it is served beside the page of all runs, to which it then leads back.
    """
    from wordvectors.pages.kit import render  # with Jinja2, which a table in the terminal does not need

    return render("tables.html", title=title, sections=sections, of_runs=of_runs)
