"""Wikipedia's dumps (pages-articles.xml): articles without their markup, to a reasonable degree.

Taken out: templates, tables, references, files and images, categories, comments, formulas, galleries, the marks of
bold and italics, of headings and of lists. Of a link its text stays. Nesting of templates, tables and files is
resolved from the inside out, eight levels deep. What a template would have shown (a unit's conversion, a
quotation) is lost.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from wordvectors.corpus.documents import BadDocument, Document

DEEPEST = 8

_PAGE = re.compile(rb"<page>(.*?)</page>", re.DOTALL)
_TEXT = re.compile(rb"<text\b[^>]*?(?:/>|>(.*?)</text>)", re.DOTALL)
_ARTICLES = b"<ns>0</ns>"
_REDIRECT = re.compile(r"\s*#\w+\s*:?\s*\[\[", re.IGNORECASE)

_GONE = re.compile(
    r"<!--.*?-->|<ref\b[^<>]*/>|"
    r"<(ref|math|gallery|score|syntaxhighlight|source|timeline|chem|hiero|imagemap|templatedata)\b[^<>]*>.*?</\1\s*>",
    re.DOTALL | re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_TABLE = re.compile(r"\{\|(?:(?!\{\||\|\}).)*\|\}", re.DOTALL)
_LINK = re.compile(r"\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]")
_OUTER_LINK = re.compile(r"\[(?:https?:|ftp:)?//[^\s\[\]]*\s*([^\[\]]*)\]")
_QUOTES = re.compile(r"'{2,}")
_HEADING = re.compile(r"^=+\s*(.*?)\s*=+\s*$", re.MULTILINE)
_LIST_MARK = re.compile(r"^[*#:;]+\s*", re.MULTILINE)
_SWITCH = re.compile(r"__[A-Z]+__")


def articles(data: bytes, source: str, offset: int) -> Iterator[Document | BadDocument]:
    """Yield the articles between two places in a dump; redirects and pages of other kinds are passed over."""
    for page in _PAGE.finditer(data):
        if _ARTICLES not in page[1]:
            continue
        found = _TEXT.search(page[1])
        if found is None:
            yield BadDocument(source, offset + page.start(), "a page without <text>")
            continue
        try:
            text = html.unescape((found[1] or b"").decode("utf-8"))
        except UnicodeDecodeError as fault:
            yield BadDocument(source, offset + page.start(), f"no UTF-8: {fault.reason}")
            continue
        if text.strip() and not _REDIRECT.match(text):
            yield Document(without_markup(text), source, offset + page.start())
    if data.rfind(b"<page>") > data.rfind(b"</page>"):
        yield BadDocument(
            source, offset + data.rfind(b"<page>"), "a <page> without </page>: the dump ends within it"
        )


def without_markup(text: str) -> str:
    """Return the text of an article written in wiki markup.

    Examples
    --------
    >>> without_markup("'''Anarchism''' is a [[political philosophy|philosophy]]{{sfn|Ward|2004}} of [[freedom]]s.")
    'Anarchism is a philosophy of freedoms.'
    """
    text = _GONE.sub(" ", text)
    for _ in range(DEEPEST):
        shorter = _TABLE.sub("\n", _TEMPLATE.sub("", text))
        if shorter == text:
            break
        text = shorter
    for _ in range(DEEPEST):
        shorter = _LINK.sub(_shown, text)
        if shorter == text:
            break
        text = shorter
    text = _OUTER_LINK.sub(r"\1", text)
    text = _QUOTES.sub("", text)
    text = _HEADING.sub(r"\n\1\n", text)
    text = _LIST_MARK.sub("", text)
    return _SWITCH.sub("", text)


def _shown(link: re.Match[str]) -> str:
    """Return what is seen of a link: its text or its page; nothing of files, categories and other languages."""
    page, text = link[1], link[2]
    if ":" in page and not page.startswith(":"):
        return ""
    return page.lstrip(":") if text is None else text.rpartition("|")[2]
