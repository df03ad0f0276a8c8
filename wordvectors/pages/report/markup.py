"""Writing HTML: every text from outside goes through `text`, every table through `table`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from wordvectors.plain_text import plain


def text(value: object) -> str:
    """Return a value as it stands in HTML, between tags or within quotes: in one line, of bounded length."""
    return escape(plain(value), quote=True)


def json_within_script(value: Any) -> str:
    """Return a value as JSON that no HTML parser can take for the end of a script, or for a comment."""
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        compact = compact.replace(character, f"\\u{ord(character):04x}")
    return compact


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str, kind: str = "") -> str:
    """Return a table; the first cell of a row is its heading.

    Parameters
    ----------
    headings, rows
        HTML already.
    caption
        Text, for those who hear the page.
    kind
        Its class.
    """
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>\n'
        for row in rows
    )
    label = text(caption)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="{kind}"><caption>{label}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )


def facts(named: Iterable[tuple[str, str]]) -> str:
    """Return names and values, texts, as a list; those without a value are left out."""
    rows = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>\n" for name, value in named if value
    )
    return f'<dl class="facts">{rows}</dl>'


def section(id: str, title: str, *parts: str, note: str = "") -> str:
    """Return a section with its heading and a sentence on how to read it; parts and note are HTML."""
    said = f'<p class="note">{note}</p>' if note else ""
    return (
        f'<section aria-labelledby="{id}-title" id="{id}"><h2 id="{id}-title">{text(title)}</h2>{said}'
        f"{''.join(parts)}</section>\n"
    )
