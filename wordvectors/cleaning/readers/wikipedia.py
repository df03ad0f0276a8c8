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

from wordvectors.cleaning.documents import BadDocument, Document, LeftOut

DEEPEST = 8

_BEGIN, _END, _REVISION = b"<page>", b"</page>", b"<revision>"
_NAMESPACE = re.compile(rb"<ns>([^<]*+)</ns>")
_REDIRECT = re.compile(r"#\w++\s*+(?::\s*+)?\[\[", re.IGNORECASE)

# Nothing of these holds the beginning of its like: so one without an end is not searched for beyond the next. What
# repeats is written as `wordvectors.cleaning.clean._SECTIONS` is.
_GONE = re.compile(
    r"<!--(?:[^<-]++|<(?!!--)|-(?!->)|)*+-->|<ref\b[^<>]*/>|"
    r"<(ref|math|gallery|score|syntaxhighlight|source|timeline|chem|hiero|imagemap|templatedata|nowiki)\b[^<>]*>"
    r"(?:[^<]++|<(?!\1\b|/\1\s*+>)|)*+</\1\s*+>",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_TABLE = re.compile(r"\{\|(?:[^{|]++|\{(?!\|)|\|(?!\})|)*+\|\}")
_LINK = re.compile(r"\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]")
_OUTER_LINK = re.compile(r"\[(?:https?:|ftp:)?//[^\s\[\]]*+\s*+([^\[\]]*+)\]")
_MEDIA = re.compile(
    r"\.(?:jpe?g|png|gif|svg|tiff?|webp|xcf|djvu|pdf|og[gva]|oga|mp[34]|wav|webm|mid)$", re.IGNORECASE
)
_OTHER_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z][a-z]*+)*+|simple")
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


def articles(data: bytes, source: str, offset: int) -> Iterator[Document | BadDocument | LeftOut]:
    """Yield the articles between two places in a dump: of each page the newest revision, if it is an article."""
    *pieces, rest = data.split(_END)
    for piece in pieces:
        _, *pages = piece.split(_BEGIN)
        at = offset + len(piece) - sum(len(_BEGIN) + len(page) for page in pages)
        if not pages:
            yield BadDocument(source, at, "a </page> without <page>")
        for number, page in enumerate(pages, 1):
            if number < len(pages):
                yield BadDocument(source, at, "a <page> without </page>: the next begins within it")
            else:
                yield from _article(page, source, at)
            at += len(_BEGIN) + len(page)
        offset += len(piece) + len(_END)
    if _BEGIN in rest:
        reason = "a <page> without </page>: the dump ends within it"
        yield BadDocument(source, offset + rest.find(_BEGIN), reason)
    elif rest.strip() not in (b"", b"</mediawiki>"):
        yield BadDocument(source, offset, "what is in no <page>")


def _article(page: bytes, source: str, at: int) -> Iterator[Document | BadDocument | LeftOut]:
    yield from [LeftOut("earlier revisions")] * (page.count(_REVISION) - 1)
    namespace = _NAMESPACE.search(page)  # dumps of before 2011 have none
    if namespace and namespace[1] != b"0":
        yield LeftOut("pages that are no articles")
        return
    try:
        text = html.unescape(_text(page).decode("utf-8"))
        if b"<redirect" in page or _REDIRECT.match(text.lstrip()):
            yield LeftOut("redirects")
        elif not text.strip():
            yield LeftOut("empty pages")
        else:
            yield Document(without_markup(text), source, at)
    except ValueError as fault:  # no text, no UTF-8, or a character reference of thousands of digits
        yield BadDocument(source, at, str(fault)[:200])


def _text(page: bytes) -> bytes:
    opening = page.find(b"<text", max(page.rfind(_REVISION), 0))
    begin = page.find(b">", opening) + 1
    if opening < 0 or begin == 0:
        raise ValueError("a page without <text>")
    if page[begin - 2 : begin] == b"/>":
        return b""
    end = page.find(b"</text>", begin)
    if end < 0:
        raise ValueError("a page without </text>")
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
