"""The page: one HTML file that opens from disk, asks no one for anything, and runs no script but its own."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from wordvectors.pages.report import sections
from wordvectors.pages.report.contents import Contents
from wordvectors.pages.report.markup import text

_STYLE, _SCRIPT = "page.css", "page.js"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#scores">Skip to the scores</a>
<main>
{body}</main>
<footer>Made by wordvectors. Everything on this page is in this file.</footer>
<script>{script}</script>
</body>
</html>
"""


def report_page(contents: Contents) -> str:
    """Write a report as one HTML file.

    Whatever words, names and tags hold is escaped; and the page's policy lets a browser run its one script
    and use its one style, known by their hashes, and ask no one for anything.
    """
    style, script = _part(_STYLE), _part(_SCRIPT)
    policy = "; ".join((
        "default-src 'none'",
        f"script-src '{_hash(script)}'",
        f"style-src '{_hash(style)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ))  # fmt: skip
    body = (
        sections.headline(contents)
        + sections.score_section(contents)
        + sections.map_section(contents)
        + sections.probe_section(contents)
        + sections.pair_section(contents)
        + sections.curve_section(contents)
        + sections.fact_section(contents)
    )
    name = contents.run.corpus.name or contents.run.run_id
    return _PAGE.format(
        policy=policy, title=f"{text(name)}: word vectors", style=style, script=script, body=body
    )


def _part(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """Return what a Content-Security-Policy knows an inline script or style by (CSP Level 2, 4.2.5)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
