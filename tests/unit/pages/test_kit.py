"""Every template with what should not be in a page: markup, quotes, braces, controls, text that runs backwards."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import jinja2
import pytest

from tests.unit.pages.conftest import WORDS, run_row
from tests.unit.pages.tunings import tuning_row
from wordvectors.figures import probability
from wordvectors.pages import kit
from wordvectors.pages.compare import Comparison, compare_page
from wordvectors.pages.report.page import report_page
from wordvectors.pages.runs import runs_page
from wordvectors.pages.tuning.page import tuning_page

HOSTILE = (
    "</script><script>x(1)</script></style>\"'><img src=x onerror=x(2)>{{7*7}}{%x%}\x9b\x1b\u202e\u2028&amp;"
)
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def hostile_run(text: str, **more):
    """A run in which each text that a user chooses is this one."""
    run = run_row(
        f"wv-{text}", status="COMPLETED", warnings=[text],
        corpus={"bucket": text, "key": text, "name": text, "bytes": 1},
        evaluation={
            "note": text,
            "sets": {text: {"spearmans_rho": 0.5, "not_found": 53, "total_pairs": 353, "coverage": 0.85}},
        },
        **more,
    )  # fmt: skip
    assert run.plan is not None
    probes = run.plan.evaluation.model_copy(update={"probe_words": (text, WORDS[0])})
    parts = {"tags": {text: text}, "evaluation": probes}
    return run.model_copy(update={"plan": run.plan.model_copy(update=parts)})


def report_of(text, contents):
    before = hostile_run(text, created_at="2020-01-01T00:00:00.000+00:00")
    other = before.model_copy(update={"run_id": f"other {text}"})
    words = [*WORDS[:5], text, *WORDS[6:]]
    return report_page(contents(run=hostile_run(text), others=[other], words=words))


def unscored_report_of(text, contents):
    run = hostile_run(text)
    run = run.model_copy(update={"evaluation": run.evaluation.model_copy(update={"sets": {}})})
    return report_page(contents(run=run, log=[]))


def runs_of(text, contents):
    return runs_page([hostile_run(text)])


def comparison_of(text, contents):
    score = {"score": 0.5, "interval": {"low": 0.4, "high": 0.6}, "found": 3, "doubt": text}
    difference = {"difference": 0.1, "interval": score["interval"], "p": 0.01, "p_williams": None, "pairs": 3}
    run = {
        "run_id": text, "status": "COMPLETED", "created_at": text, "mean_rho": 0.5,
        "mean_rho_basis": None, "cost": None, "cost_per_point": None, "vocabulary": 3,
    }  # fmt: skip
    compared = {
        "runs": [run, run], "plan_differences": {text: [text, 1]}, "unread_sets": {text: text}, "method": text,
        "scores": {
            text: {
                "measure": text, "total": 4, "scores": [score, score],
                "against_first": [difference],
            }
        },
        "neighbours": {text: {"neighbours": [[text], None], "overlap_with_first": [0.5]}},
        "is_local": False,
    }  # fmt: skip
    return compare_page(Comparison.model_validate(compared))


def tuning_of(text, contents):
    return tuning_page(tuning_row(text))


@pytest.mark.parametrize("page_of", [tuning_of, report_of, unscored_report_of, runs_of, comparison_of])
def test_what_comes_from_outside_is_text_of_one_line(page_of, contents):
    plain, page = Tags(page_of("plain", contents)), page_of(HOSTILE, contents)
    hostile = Tags(page)

    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert not [name for _, attributes in hostile.tags for name in attributes if name.startswith("on")]
    assert "{{7*7}}{%x%}" in hostile.text
    assert not UNFIT.search(page)
    assert not UNFIT.search(hostile.text.replace("\n", ""))


@pytest.mark.parametrize("page_of", [tuning_of, report_of, runs_of, comparison_of])
def test_a_pages_policy_allows_its_own_style_and_script_only(page_of, contents):
    page = page_of("plain", contents)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)

    assert policy.startswith("default-src 'none'; ")
    assert re.findall("sha256-[^']*", policy) == [kit.policy_hash(part) for part in (*scripts, style)]
    assert "unsafe" not in policy


def test_a_template_that_lacks_something_writes_no_page():
    with pytest.raises(jinja2.UndefinedError, match="sections"):
        kit.render("tables.html", title="Runs", of_runs=False)


@pytest.mark.parametrize(
    ("p", "shown"), [(1.0, "1.0000"), (0.00005, "0.0001"), (2e-11, "<0.0001"), (0.0, "<0.0001")]
)
def test_a_probability_is_never_shown_as_none(p: float, shown: str):
    assert probability(p) == shown
