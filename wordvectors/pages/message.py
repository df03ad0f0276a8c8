"""Pages of a sentence or two, and one that leads to another."""

from __future__ import annotations

from wordvectors.pages.kit import render


def message_page(title: str, sentences: list[str]) -> str:
    """Write a page that says what is the matter."""
    return render("message.html", title=title, sentences=sentences)


def leading_page(address: str) -> str:
    """Write a page that goes on to another at once."""
    return render("leading.html", address=address)
