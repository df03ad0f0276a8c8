"""Tables of scores on every screen: in the report, beside each other, of corpora. Nothing in them is cut or broken."""

from __future__ import annotations

import pytest

from tests.browser.conftest import DESKTOP
from tests.browser.test_runs import PHONE, tab  # noqa: F401  a fixture
from tests.unit.pages.conftest import LOG, PAIRS, WORDS, run_row, vectors
from tests.unit.pages.tunings import tuning_row
from wordvectors.cleaning.ending import CleaningReport
from wordvectors.evaluation.certainty import basis_of_rho
from wordvectors.evaluation.comparison import ComparedNeighbours, ComparedScore, ComparedSet
from wordvectors.evaluation.paired import Difference
from wordvectors.lifecycle.cost import KnownCost
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.pages.compare import ComparedRun, Comparison, compare_page
from wordvectors.pages.report.contents import report_contents
from wordvectors.pages.report.page import report_page
from wordvectors.pages.texts import HeldCorpus, texts_page
from wordvectors.pages.tuning.page import tuning_page

NAMES = ("wv-tickets-2026-first-0123456789ab", "wv-longer-0123456789ac", "wv-smaller-0123456789ad")
COST = {"price_per_hour": 0.204, "currency": "USD", "price_date": "2026-11-29", "most": 4.9, "actual": 0.0017}
SETS = {
    "WS-353": {"spearmans_rho": -0.1017, "not_found": 323, "total_pairs": 353, "coverage": 30 / 353},
    "Google-analogies": {
        "accuracy": 0.0226, "not_found": 16_138, "total_questions": 19_544, "coverage": 3_406 / 19_544,
    },
    "a-set-of-our-own.products": {
        "spearmans_rho": 0.4, "not_found": 5, "total_pairs": 353, "coverage": 0.98,
        "with_ngrams": {"spearmans_rho": 0.47, "pairs": 5, "share": 5 / 353},
    },
    "own-text": {"accuracy": 0.9288, "not_found": 0, "total_questions": 9_972, "coverage": 1.0},
}  # fmt: skip


def scored_run(name: str, day: int) -> Run:
    created = f"2026-11-{day:02}T10:00:00.000+00:00"
    return run_row(
        name, status="COMPLETED", created_at=created, mean_rho=-0.1017, evaluation={"sets": SETS}, cost=COST
    )


def report() -> str:
    run, *others = (scored_run(name, 24 - number) for number, name in enumerate(NAMES))
    return report_page(
        report_contents(
            run=run, others=others, log=LOG, corpus=None, words=WORDS, matrix=vectors(), pair_set=PAIRS
        )
    )


def comparison() -> str:
    basis = basis_of_rho(-0.1017, 30, 353)
    score = ComparedScore(-0.1017, basis.interval, basis.found, basis.doubt)
    difference = Difference(-0.1234, basis.interval, 0.00001, None, 30)
    return compare_page(
        Comparison(
            runs=[
                ComparedRun(
                    run_id=name, status=RunStatus.COMPLETED, created_at="2026-11-29T10:00:00Z", mean_rho=-0.1017,
                    mean_rho_basis=basis, cost=KnownCost(**COST), cost_per_point=1234.5678, vocabulary=1_234_567,
                )
                for name in NAMES
            ],
            plan_differences={"hyperparameters.vector_dim": [100, 100, 50], "corpus.key": ["x" * 60] * 3},
            scores={"WS-353": ComparedSet("Spearman's rho", 353, [score] * 3, [difference] * 2)},
            unread_sets={},
            neighbours={"cat": ComparedNeighbours([["dog", "rindfleischetikettierungsgesetz"]] * 3, [0.5, 1.0])},
            method="",
            is_local=True,
        )
    )  # fmt: skip


def texts() -> str:
    runs = [scored_run(name, 24) for name in NAMES]
    cleaning = CleaningReport(
        cleaning_id="clean-wikipedia-0123456789ab", status="FAILED", corpus="wikipedia", documents=1_234_567,
        bad_documents=12, sentences=22_807_000, tokens=458_058_000, reason="no document could be read",
    )  # fmt: skip
    return texts_page(
        [HeldCorpus("tickets/2026/first", 9_000_000, runs, runs[0].corpus)], [cleaning], [tuning_row()]
    )


PAGES = {"report": report, "compare": comparison, "texts": texts, "tuning": lambda: tuning_page(tuning_row())}
TABLES = "table:is(.told, .scores, .pairs)"
CUT = f"""() => [...document.querySelectorAll("{TABLES}")].flatMap((table) => {{
  const box = table.closest(".scroll"), {{right}} = box.getBoundingClientRect();
  const cells = [...table.querySelectorAll("tbody :is(th, td)")].filter((cell) => cell.textContent.trim());
  const cut = cells.filter((cell) => !cell.getClientRects().length || cell.scrollWidth > cell.clientWidth + 1
    || cell.getBoundingClientRect().right > right + 1);
  return [...(box.scrollWidth > box.clientWidth ? [table.caption] : []), ...cut].map((element) => element.textContent);
}})"""
BROKEN = """() => {
  const range = document.createRange(), broken = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode());) {
    for (const found of text.data.matchAll(/\\[[^\\]]+\\]|[$]?[−+]?\\d[\\d.,]*%?/g)) {
      range.setStart(text, found.index);
      range.setEnd(text, found.index + found[0].length);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      if (lines.size > 1 && text.parentElement.closest("td")) broken.push(found[0]);
    }
  }
  return broken;
}"""
"""The intervals and numbers in cells that begin on one line and end on another."""


@pytest.fixture
def show(tab, tmp_path):  # noqa: F811
    """Open a page as a file: `show("report", viewport=PHONE)`."""

    def open_page(name: str, **options):
        path = tmp_path / f"{name}.html"
        path.write_text(PAGES[name]())
        return tab(path.as_uri(), **options)

    return open_page


def test_the_reports_scores_fit_a_desktop(show):
    assert show("report").evaluate(CUT) == []


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone_no_cell_is_cut_or_hidden(show, name):
    page = show(name, viewport=PHONE)
    assert page.locator(TABLES).count() > 0
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("name", PAGES)
def test_no_interval_and_no_number_in_a_cell_is_broken(show, name, viewport):
    assert show(name, viewport=viewport).evaluate(BROKEN) == []


def test_on_a_phone_each_cell_says_what_it_is_and_which_runs_stand_beside(show):
    page = show("report", viewport=PHONE)
    found = page.locator(".scores tbody tr").nth(1).locator("td").nth(2)
    assert found.evaluate("cell => getComputedStyle(cell, '::before').content") == '"Found"'
    assert "too few to rank by" in found.inner_text()
    for name in NAMES[:2]:
        assert page.get_by_text(name).first.is_visible()
