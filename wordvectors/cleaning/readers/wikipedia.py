"""Wikipedia's dumps (pages-articles.xml): articles without their markup, to a reasonable degree.

Taken out: templates, tables, references, files and images, categories, comments, formulas, galleries, the marks of
bold and italics, of headings and of lists. Of a link its text stays. Nesting of templates, tables and files is
resolved from the inside out, eight levels deep. What a template would have shown (a unit's conversion, a
quotation) is lost.

Not mwparserfromhell, which builds a tree of each article: only running text is wanted here, and a few regular
expressions find what is not part of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from wordvectors.cleaning.documents import BadDocument, Document

DEEPEST = 8

_BEGIN, _END = b"<page>", b"</page>"
_ARTICLES = b"<ns>0</ns>"
_REDIRECT = re.compile(r"\s*+#\w++\s*+(?::\s*+)?\[\[", re.IGNORECASE)

# Nothing of these holds the beginning of its like: so one without an end is not searched for beyond the next.
_GONE = re.compile(
    r"<!--(?:(?!<!--).)*?-->|<ref\b[^<>]*/>|"
    r"<(ref|math|gallery|score|syntaxhighlight|source|timeline|chem|hiero|imagemap|templatedata|nowiki)\b[^<>]*>"
    r"(?:(?!<\1\b).)*?</\1\s*>",
    re.DOTALL | re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_TABLE = re.compile(r"\{\|(?:(?!\{\||\|\}).)*\|\}", re.DOTALL)
_LINK = re.compile(r"\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]")
_OUTER_LINK = re.compile(r"\[(?:https?:|ftp:)?//[^\s\[\]]*+\s*+([^\[\]]*+)\]")
_MEDIA = re.compile(
    r"\.(?:jpe?g|png|gif|svg|tiff?|webp|xcf|djvu|pdf|og[gva]|oga|mp[34]|wav|webm|mid)$", re.IGNORECASE
)
_OTHER_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]+)*|simple")
_NAMESPACES = """
    file image media category datei bild kategorie fichier catégorie archivo imagen categoría immagine
    categoria bestand afbeelding categorie ficheiro imagem arquivo plik grafika kategoria fil kategori файл
    изображение категория зображення категорія tiedosto kuva luokka soubor súbor fájl kép kategória dosya resim
    ファイル 画像 カテゴリ 文件 檔案 图像 圖像 分类 分類 파일 그림 분류 hình berkas gambar fitxer imatge slika
    kategorija датотека слика категорија αρχείο εικόνα κατηγορία קובץ תמונה קטגוריה ملف صورة تصنيف پرونده رده
    fișier imagine pilt fail kategooria vaizdas attēls fitxategi irudi kategoriya
"""
"""MediaWiki's for files and categories, in its larger languages."""
_UNSEEN = frozenset(_NAMESPACES.split())
_QUOTES = re.compile(r"'{2,}")
_HEADING = re.compile(r"^=++|(?<!=)=++[ \t]*+$", re.MULTILINE)
_LIST_MARK = re.compile(r"^[*#:;]+\s*", re.MULTILINE)
_SWITCH = re.compile(r"__[A-Z]+__")


def articles(data: bytes, source: str, offset: int) -> Iterator[Document | BadDocument]:
    """Yield the articles between two places in a dump; redirects and pages of other kinds are passed over."""
    *pieces, rest = data.split(_END)
    for piece in pieces:
        begin = piece.find(_BEGIN)
        if begin >= 0 and _ARTICLES in piece:
            try:
                text = html.unescape(_text(piece, begin).decode("utf-8"))
                if text.strip() and not _REDIRECT.match(text):
                    yield Document(without_markup(text), source, offset + begin)
            except ValueError as fault:  # no text, no UTF-8, or a character reference of thousands of digits
                yield BadDocument(source, offset + begin, str(fault)[:200])
        offset += len(piece) + len(_END)
    if _BEGIN in rest:
        reason = "a <page> without </page>: the dump ends within it"
        yield BadDocument(source, offset + rest.find(_BEGIN), reason)


class _NoText(ValueError):
    """A page has no text."""


def _text(page: bytes, start: int) -> bytes:
    opening = page.find(b"<text", start)
    begin = page.find(b">", opening) + 1
    if opening < 0 or begin == 0:
        raise _NoText("a page without <text>")
    if page[begin - 2 : begin] == b"/>":
        return b""
    end = page.find(b"</text>", begin)
    if end < 0:
        raise _NoText("a page without </text>")
    return page[begin:end]


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
    text = _HEADING.sub("\n", text)
    text = _LIST_MARK.sub("", text)
    return _SWITCH.sub("", text)


def _shown(link: re.Match[str]) -> str:
    """Return what is seen of a link: its text or its page; nothing of files, categories and other languages."""
    page, text = link[1].strip(), link[2]
    space, colon, _ = page.partition(":")
    if colon and (space.strip().lower() in _UNSEEN or _MEDIA.search(page)):
        return ""
    if text is None:
        return "" if colon and _OTHER_LANGUAGE.fullmatch(space) else page.removeprefix(":")
    return text.rpartition("|")[2]
