"""`wordvectors ui`: the address has the key, and the browser is led there past whoever lists processes."""

from __future__ import annotations

import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from wordvectors.ui.server import PageServer


@pytest.fixture
def opened(monkeypatch):
    """What the browser is asked to open, with the file's mode and content; the server ends at once."""
    seen: list[tuple[str, int, str]] = []

    def open_in_browser(uri: str) -> bool:
        path = Path(unquote(urlsplit(uri).path))
        seen.append((uri, stat.S_IMODE(path.stat().st_mode), path.read_text()))
        return False

    monkeypatch.setattr("webbrowser.open", open_in_browser)
    monkeypatch.setattr(PageServer, "serve_forever", lambda self: None)
    return seen


def test_the_browser_is_led_to_the_address_by_a_file_that_only_its_user_reads(run, opened):
    status, out, err = run("ui", "--port", "0")

    assert status == 0, err
    address = out.split()[0]
    assert address.startswith("http://127.0.0.1:")
    ((uri, mode, page),) = opened
    assert address.partition("?key=")[2] not in uri
    assert mode == 0o600
    assert f'content="0;url={address}"' in page
    assert not Path(unquote(urlsplit(uri).path)).exists()
    assert "Open the address in one" in " ".join(err.split())


def test_no_browser_is_opened_unasked(run, opened):
    assert run("ui", "--port", "0", "--no-open")[0] == 0
    assert opened == []


def test_two_have_different_keys(run, opened):
    first, second = (run("ui", "--port", "0", "--no-open")[1].partition("?key=")[2] for _ in range(2))
    assert first != second
