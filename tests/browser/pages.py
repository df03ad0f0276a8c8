"""What the tests look at on a page that shows the report."""

from __future__ import annotations

from playwright.sync_api import Page

from wordvectors.pages.report.contents import Contents, MapWord


def dot(page: Page, contents: Contents, word: str) -> tuple[float, float]:
    """Return where a word's dot is on the screen."""
    index = [found.word for found in contents.words].index(word)
    box = page.locator("#map circle").nth(index).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def look_at_map(page: Page) -> None:
    """Bring the whole map into sight."""
    page.locator("#map").evaluate("map => map.scrollIntoView({block: 'center'})")


def neighbours_shown(page: Page, word: str) -> list[str]:
    """Return the neighbours on the card of a word."""
    card = page.locator("#cards article", has=page.get_by_role("heading", name=word, exact=True))
    return card.locator("li > :first-child").all_inner_texts()


def lonely(contents: Contents) -> MapWord:
    """Return the word that is farthest from all others: what points at it points at no other."""

    def room(word: MapWord) -> float:
        return min((w.x - word.x) ** 2 + (w.y - word.y) ** 2 for w in contents.words if w is not word)

    return max(contents.words, key=room)
