"""The page: nothing from outside comes in as markup, nothing is asked for, and each fact is there."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.pages.conftest import WORDS, run_row, scored, vectors
from wordvectors.corpus.count import CorpusCount, Vocabulary
from wordvectors.pages import kit
from wordvectors.pages.charts import is_straight, ticks, time_ticks
from wordvectors.pages.report.page import report_page

HOSTILE = "</script><script>alert(1)</script><img src=x onerror='alert(2)'>\"&"


class Page(HTMLParser):
    """What an HTML parser finds: tags with attributes, and the text within scripts and elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        last = self.tags[-1][0] if self.tags else ""
        if last == "script" and data.strip():
            self.scripts.append(data)
        elif last == "style":
            self.styles.append(data)
        else:
            self.text += data


def hostile_contents(contents):
    words = [*WORDS[:5], "</script><script>alert(3)</script>", "<!--", *WORDS[7:]]
    run = run_row(
        warnings=[HOSTILE],
        corpus={"bucket": HOSTILE, "key": f"corpora/{HOSTILE}.txt", "name": HOSTILE, "bytes": 1},
        evaluation={
            "sets": {HOSTILE: {"spearmans_rho": 0.5, "not_found": 53, "total_pairs": 353, "coverage": 0.85}}
        },
    )
    choice = run.plan.evaluation.model_copy(update={"probe_words": (HOSTILE, words[5])})
    plan = run.plan.model_copy(update={"tags": {HOSTILE: HOSTILE}, "evaluation": choice})
    return contents(run=run.model_copy(update={"plan": plan}), words=words)


def test_nothing_from_outside_is_markup(contents):
    plain, hostile = Page(report_page(contents())), Page(report_page(hostile_contents(contents)))

    assert {tag for tag, _ in hostile.tags} <= {tag for tag, _ in plain.tags}
    assert len(hostile.scripts) == len(plain.scripts) == 2
    assert "alert(3)" in hostile.scripts[0]
    assert json.loads(hostile.scripts[0])["words"][5] == "</script><script>alert(3)</script>"
    assert not [name for _, attributes in hostile.tags for name in attributes if name.startswith("on")]
    assert HOSTILE in hostile.text


def test_the_script_gets_each_word_with_its_neighbours(contents):
    found = contents()
    data = json.loads(Page(report_page(found)).scripts[0])

    for number, word in enumerate([*found.words, *found.further]):
        flat = data["near"][number]
        near = [(data["words"][other], cosine) for other, cosine in zip(flat[::2], flat[1::2], strict=True)]
        assert near == [(other, round(1_000 * cosine)) for other, cosine in word.neighbours]
    assert [place[2] for place in data["places"]] == [word.cluster for word in found.words]


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1), max_size=4))
def test_the_maps_data_read_back_and_end_no_script(words):
    placed = [(word, 0.5, -1.0, [(word, 0.25)]) for word in words]

    written = kit._environment.from_string("{{ data|tojson }}").render(data=placed)

    assert [word for word, *_ in json.loads(written)] == words
    assert not re.search("[<>&]", written)


def test_scores_on_the_way_are_drawn_set_by_set(contents):
    course = [
        (1, {"mean_rho": 0.25}),
        (2, {"mean_rho": 0.5, "own": -0.25}),
        (4, {"mean_rho": 0.375, "own": 0.125}),
    ]
    told = [{"epoch": epoch, "scores": scores} for epoch, scores in course]

    page = Page(report_page(contents(run=run_row(epoch_scores=told, **scored(0.375)))))

    said = [a["aria-label"] for tag, a in page.tags if tag == "svg" and a.get("role") == "img"]
    assert said[-1] == (
        "mean_rho goes from 0.2500 after epoch 1 to 0.3750 after epoch 4 [0.27, 0.47] 85%; "
        "best is 0.5000 after epoch 2"
    )
    assert "own goes from −0.2500 after epoch 2 to 0.1250 after epoch 4" in page.text
    lone = report_page(contents(run=run_row(epoch_scores=told[:1])))
    assert "after each epoch" not in lone


def test_a_training_that_ended_early_says_after_which_epoch(contents):
    run = run_row(progress={"percent": 100, "ended_early_after": 3}, **scored(0.375))
    assert "ended early, after epoch 3 of 5" in Page(report_page(contents(run=run))).text
    assert "ended early" not in report_page(contents(run=run_row(**scored(0.375))))


def test_the_policy_allows_this_script_and_style_and_nothing_else(contents):
    page = Page(report_page(contents()))
    (policy,) = [a["content"] for tag, a in page.tags if tag == "meta" and "http-equiv" in a]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))

    def known_by(content: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"

    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == known_by(page.scripts[1])
    assert rules["style-src"] == known_by(page.styles[0])
    assert "unsafe" not in policy
    assert not [a for _, a in page.tags if "style" in a]


def test_the_page_asks_no_one_for_anything(contents):
    page = report_page(contents())

    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)[^"']*""", page)
    assert not re.findall(r"url\(|@import|fetch\(|XMLHttpRequest|import\(", page)


def test_every_fact_is_there(contents):
    corpus = CorpusCount(2_500, 2_500, lines=1_234, tokens=56_789, vocabulary=(Vocabulary(5, 63, 0.027),))
    run = run_row(
        cost={
            "price_per_hour": 0.204,
            "currency": "USD",
            "price_date": "2026-11-23",
            "most": 1.0,
            "actual": 0.0068,
        }
    )

    text = re.sub(r"\s+", " ", Page(report_page(contents(run=run, corpus=corpus))).text)

    for fact in (
        "pets", "wv-pets-0123456789ab", "0.5000", "300 of 353", "85%", "there is none", "63 words", "1.25 M words/s",
        "1 min 35 s", "120 instance-seconds", "$0.0068", "1,234", "56,789", "63 words, 2.7% of the tokens cut",
        "batch_skipgram", "ml.c5.xlarge", "search", "2.5 kB", "all 63 words", "perplexity 20.7",
    ):  # fmt: skip
        assert fact in text, fact


def test_about_a_large_corpus_it_says_about(contents):
    text = Page(
        report_page(contents(corpus=CorpusCount(9_000_000, 1_000, 1_000, 20_000, (Vocabulary(1, 99, 0.0),))))
    ).text

    assert "about 1,000" in text
    assert "99 words of its first 1.0 kB" in text


def test_what_is_missing_is_said(contents):
    run = run_row(evaluation={"note": "evaluation was switched off in the plan", "sets": {}}, mean_rho=None)
    text = Page(report_page(contents(run=run, log=[], words=["w"], matrix=vectors()[:1]))).text

    for said in (
        "evaluation was switched off",
        "too few progress lines",
        "None of the 4 pairs",
        "replaced since",
    ):
        assert said in text, said
    assert "0.0000" not in text


def test_the_table_behind_the_map_has_every_word(contents):
    page = report_page(contents())
    behind = page[page.index('class="behind"') :]
    behind = behind[: behind.index("</table>")]

    assert re.findall(r'<th scope="row">([^<]*)</th>', behind) == WORDS


@pytest.mark.parametrize("high", [1e-9, 0.05, 3, 29.8, 1e6, 0])
def test_ticks_are_few_and_reach_the_end(high):
    found = ticks(0, high)

    assert 2 <= len(found) <= 7
    assert found[-1] >= high * 0.999


@pytest.mark.parametrize("high", [0.4, 59, 61, 150, 400, 3_599, 3_700, 86_400, 400_000])
def test_the_axis_of_time_has_few_ticks_of_whole_steps_that_reach_the_end(high):
    found = time_ticks(high)

    assert 2 <= len(found) <= 7
    assert found[-2] < high <= found[-1]
    assert high <= 60 or high > 300_000 or not [tick for tick in found if tick % 60]


@pytest.mark.parametrize(
    ("values", "straight"),
    [
        ([5, 4, 3, 2, 1, 0], True),
        ([2, 2.02, 1.99, 2], True),
        ([5, 5, 0, 0], False),
        ([0, 0, 0], True),
        ([1, 2, 1], False),
    ],
)
def test_a_curve_is_drawn_only_where_it_bends(values, straight):
    assert is_straight(list(enumerate(values))) is straight


def test_a_straight_course_is_a_sentence_and_another_a_chart(contents):
    log = [
        (n, f"Alpha: {0.05 * (4 - n) / 4}  Progress: {n}.00%  Million Words/sec: {n % 2 + 1}.00")
        for n in range(5)
    ]
    page = report_page(contents(log=log))

    assert "The learning rate goes from 0.05 to 0 in 4 s, in step with the words read." in page
    assert page.count("<polyline") == 1
    assert 'aria-label="1 M words per second after 4 s"' in page


def test_the_lines_that_load_the_model_name_the_run_and_its_deployment(contents):
    arn = "arn:aws:states:us-east-1:000000000000:execution:machine:one"
    here, there = report_page(contents(run=run_row(execution_arn=arn))), report_page(contents())

    assert "wordvectors.load(&#34;wv-pets-0123456789ab&#34;)" in here.replace('"', "&#34;")
    assert 'wordvectors.load("wv-pets-0123456789ab", target="aws")' in there
    assert "wordvectors download wv-pets-0123456789ab --target aws" in there
    assert "--target" not in here


def test_each_link_on_the_page_leads_to_a_part_of_it(contents):
    page = Page(report_page(contents()))
    links = [a["href"][1:] for tag, a in page.tags if tag == "a" and "download" not in a]

    assert len(links) > 8
    assert set(links) <= {a.get("id") for _, a in page.tags}


def test_in_the_local_cloud_nothing_is_paid_and_that_is_said(contents):
    cost = {"price_per_hour": 0.2, "currency": "USD", "price_date": "2026-11-20", "most": 1.0, "actual": 0.04}
    arn = "arn:aws:states:us-east-1:000000000000:execution:machine:one"
    text = Page(report_page(contents(run=run_row(execution_arn=arn, cost=cost)))).text
    assert "nothing here; in AWS $0.0400 (" in text
    assert "AWS cost" in text


def test_a_score_with_ngrams_stands_beside_the_one_without(contents):
    score = {
        "spearmans_rho": 0.5, "not_found": 53, "total_pairs": 353, "coverage": 0.85,
        "with_ngrams": {"spearmans_rho": 0.47, "pairs": 53, "share": 53 / 353},
    }  # fmt: skip
    text = Page(report_page(contents(run=run_row(evaluation={"sets": {"own": score}})))).text

    assert "with n-grams 0.4700, needed by 15%" in " ".join(text.split())


def test_a_large_number_has_separators(contents):
    score = {"accuracy": 0.02, "not_found": 16_138, "total_questions": 19_544, "coverage": 0.17}
    text = Page(report_page(contents(run=run_row(evaluation={"sets": {"Google-analogies": score}})))).text

    assert "3,406 of 19,544 17%" in " ".join(text.split())
