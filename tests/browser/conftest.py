"""A report on disk, and pages that show it."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import MISSING, find_chromium
from tests.unit.pages.conftest import LOG, run_row
from wordvectors.blazingtext.eval_json import ALL
from wordvectors.corpus.count import CorpusCount, Vocabulary
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.pages.report.contents import Contents, report_contents
from wordvectors.pages.report.page import report_page

GROUPS = ("animal", "city", "number", "verb")
HOSTILE = "<img src=x onerror=alert(1)>"
DESKTOP = {"width": 1240, "height": 900}
PHONE = {"width": 360, "height": 740}
MOST_MILLISECONDS = 60_000
"""How long a page may take to be as a test expects it: a machine may be busy."""
expect.set_options(timeout=MOST_MILLISECONDS)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    path = find_chromium()
    if path is None:
        pytest.fail(MISSING)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def contents() -> Contents:
    """Four groups of words, some of WordSim-353, and a word that would be markup."""
    pair_set = load_wordsim353()[ALL]
    words = [f"{group}{n}" for n in range(100) for group in GROUPS][:-1]
    words = [*words, HOSTILE, *sorted(pair_set.words)[:120]]
    random = np.random.default_rng(5)
    matrix = random.normal(scale=0.35, size=(len(words), 20)).astype(np.float32)
    for row, word in enumerate(words):
        matrix[row, next((n for n, group in enumerate(GROUPS) if word.startswith(group)), 4)] += 1
    beside = run_row("wv-pets-ffffffffffff", status="COMPLETED", created_at="2026-11-20T10:00:00.000+00:00")
    return report_contents(
        run=run_row(), others=[beside], log=[(1350 * moment, line) for moment, line in LOG],
        corpus=CorpusCount(50_000, 50_000, 500, 9_000, (Vocabulary(5, 520, 0.03),)),
        words=words, matrix=matrix, pair_set=pair_set,
    )  # fmt: skip


@pytest.fixture(scope="session")
def report(contents: Contents, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, on disk."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_page(contents))
    return path


@pytest.fixture
def show(browser: Browser, report: Path):
    """Open the report: `show(color_scheme="dark")`. At the end it has said nothing and asked no one."""
    opened, faults = [], []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(MOST_MILLISECONDS)
        page.on("console", lambda message: faults.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}") or dialog.dismiss())
        page.on(
            "request", lambda request: faults.append(request.url) if request.url != report.as_uri() else None
        )
        page.goto(report.as_uri())
        return page

    yield open_page
    for context in opened:
        context.close()
    assert faults == []


@pytest.fixture
def web_site(tmp_path):
    """The address of a web site on this machine, which a page of another origin comes from."""
    (tmp_path / "index.html").write_text("<!doctype html><title>A page</title><body>")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()
