"""Runs side by side, in the terminal, as a page and as JSON."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import numpy as np
import pytest

from tests.unit.conftest import BUCKET, CORPUS_KEY, trained
from tests.unit.evaluation.test_own_text import text as own_text
from tests.unit.evaluation.test_own_text import vectors as own_vectors
from wordvectors.client.deployment import Deployment
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.vectors.float_text import lines

A, B = "wv-blogs-aaaaaaaaaaaa", "wv-blogs-bbbbbbbbbbbb"
ALL = "WS-353"


@pytest.fixture(scope="module")
def models() -> dict[str, str]:
    """A poor model and a better one: in the second, words that people find alike have like vectors."""
    pairs = load_wordsim353()[ALL].pairs
    words = sorted({word for first, second, _ in pairs for word in (first, second)})
    place = {word: number for number, word in enumerate(words)}
    chance = np.random.default_rng(1).normal(size=(len(words), 40))
    better = chance.copy()
    for first, second, human in pairs:
        better[place[first]] += human / 10 * chance[place[second]]
        better[place[second]] += human / 10 * chance[place[first]]
    listed = "".join(f"{word}\n" for word in words).encode()

    def text(matrix) -> str:
        rows = bytes(lines(listed, matrix.astype(np.float32))).decode()
        return f"{len(words)} {matrix.shape[1]}\n{rows}"

    return {A: text(chance), B: text(better)}


@pytest.fixture
def two(account, models):
    account.put("evaluation/own.csv", "love,sex,9\nking,queen,8\nking,cabbage,1\n")
    plan = {"evaluation": {"sets": ["WS-353", "own"]}}
    cost = {"price_per_hour": 0.2, "currency": "USD", "price_date": "2026-11-23", "most": 1.0, "actual": 0.05}
    trained(account, A, models[A], plan, mean_rho=0.1, cost=cost)
    trained(account, B, models[B], {**plan, "hyperparameters": {"vector_dim": 50}}, mean_rho=0.5, cost=cost)


def test_what_differs_is_told_and_whether_it_means_anything(run, two):
    status, out, err = run("compare", A, B, "--probe", "king", "--json")
    assert status == 0, err
    found = json.loads(out)

    assert [one["run_id"] for one in found["runs"]] == [A, B]
    assert found["plan_differences"] == {"hyperparameters.vector_dim": [100, 50]}
    scores = found["scores"][ALL]
    assert scores["total"] == 352
    assert [one["found"] for one in scores["scores"]] == [352, 352]
    for one in scores["scores"]:
        assert one["interval"]["low"] < one["score"] < one["interval"]["high"]
    (against,) = scores["against_first"]
    assert against["difference"] == pytest.approx(scores["scores"][1]["score"] - scores["scores"][0]["score"])
    assert against["means_something"]
    assert against["p_williams"] < 0.05
    assert found["scores"]["own"]["scores"][0]["found"] == 3
    analogies = found["scores"]["Google-analogies"]
    assert (analogies["measure"], analogies["total"]) == ("accuracy", 19_544)
    assert found["runs"][1]["cost_per_point"] == pytest.approx(0.001)
    assert 0 <= found["neighbours"]["king"]["overlap_with_first"][0] <= 1


def test_a_score_on_few_pairs_stands_as_elsewhere_and_is_marked(run, account):
    """Whether the plan named the set, or `evaluate` was asked for it later."""
    account.put("evaluation/own.csv", "love,sex,9\nking,queen,8\nking,cabbage,1\n")
    account.put("evaluation/later.csv", "love,sex,9\nking,cabbage,1\n")
    later = {"sets": {"later": {"spearmans_rho": 1.0, "not_found": 0, "total_pairs": 2}}}
    vectors = "5 2\nlove 1 0\nsex 1 1\nking 0 1\nqueen 0.1 1.9\ncabbage -1 -1\n"
    trained(account, A, vectors, {"evaluation": {"sets": ["own"]}}, evaluation=later)
    trained(account, B, vectors)

    lines = run("compare", A, B, "--probe", "king")[1].splitlines()
    own, of_later = (
        next(line for line in lines if line.startswith(f"{name} (")) for name in ("own", "later")
    )
    assert own.count("100%, too few to rank by") == of_later.count("100%, too few to rank by") == 2
    assert "no score" not in own + of_later


def test_a_run_is_like_its_twin(run, two, account, models):
    trained(account, "wv-twin", models[A], {"evaluation": {"sets": ["WS-353"]}})

    found = json.loads(run("compare", A, "wv-twin", "--probe", "king", "--json")[1])

    (against,) = found["scores"][ALL]["against_first"]
    assert (against["difference"], against["p"], against["means_something"]) == (0, 1, False)
    assert found["neighbours"]["king"]["overlap_with_first"] == [1.0]
    assert list(found["plan_differences"]) == ["evaluation.sets"]


def test_runs_of_one_text_are_asked_the_same_questions_about_it(run, account):
    account.put(CORPUS_KEY, own_text())
    etag = account.s3.head_object(Bucket=BUCKET, Key=CORPUS_KEY)["ETag"].strip('"')
    corpus = {"bucket": BUCKET, "key": CORPUS_KEY, "etag": etag}
    for name, learnt in {A: False, B: True}.items():
        rows = [f"{word} {' '.join(map(str, row))}\n" for word, row in own_vectors(learnt).items()]
        trained(
            account, name, f"{len(rows)} 30\n{''.join(rows)}", {"evaluation": {"sets": []}},
            corpus=corpus | ({"key": "corpora/the-same-by-another-name.txt"} if learnt else {}),
        )  # fmt: skip
    trained(
        account, "wv-other", f"{len(rows)} 30\n{''.join(rows)}", corpus={**corpus, "etag": "of another text"}
    )

    found = json.loads(run("compare", A, B, "--json")[1])
    other = json.loads(run("compare", A, "wv-other", "--json")[1])

    asked = found["scores"]["own-text"]
    assert asked["measure"] == "accuracy"
    assert [one["found"] for one in asked["scores"]] == [asked["total"]] * 2
    assert next(iter(found["scores"])) == "own-text"  # the others know too few of the words to rank by
    assert asked["against_first"][0]["difference"] > 0.1
    assert asked["against_first"][0]["means_something"]
    assert "own-text" not in other["scores"]
    assert other["unread_sets"] == {"own-text": "the runs were trained on different texts"}


class Page(HTMLParser):
    """Collects tags and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def test_the_same_is_said_in_the_terminal_and_on_the_page(run, two, tmp_path):
    status, out, _ = run("compare", A, B, "--html", str(tmp_path / "compared.html"))
    page = Page((tmp_path / "compared.html").read_text())

    assert status == 0
    shown = "".join(out.split())
    for text in (A, B, "hyperparameters.vector_dim", ALL, "$0.0010", "more than chance?"):
        assert text in page.text
        assert "".join(text.split()) in shown
    assert not [
        tag
        for tag, attributes in page.tags
        if tag in ("script", "img") or attributes.get("href", "data:,") != "data:,"
    ]
    assert {"caption", "th"} & {tag for tag, _ in page.tags}


def test_what_comes_from_outside_is_text_on_the_page(run, two, account, models, tmp_path):
    account.put("evaluation/own.csv", "<script>,&amp;,1\n<b>,x,2\n")
    trained(
        account,
        "wv-evil",
        models[A],
        {"tags": {"a": "b"}},
        corpus={"key": "corpora/<script>alert(1)</script>.txt"},
    )

    run("compare", A, "wv-evil", "--html", str(tmp_path / "compared.html"))

    assert "script" not in {tag for tag, _ in Page((tmp_path / "compared.html").read_text()).tags}


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        ([A], 2, "two runs or more"),
        ([A, A], 1, "A run is named twice"),
        ([A, "wv-none"], 1, "There is no run wv-none"),
        (["wv-none", "wv-", "@Blogs", A], 1, "Not every name stands for one run"),
        (["wv-none", "wv-", "@Blogs", A], 1, "• There is no run wv-none\n"),
        (["wv-none", "wv-", "@Blogs", A], 1, f"• 2 runs begin with wv-: {B}, {A}\n"),
        (["wv-none", "wv-", "@Blogs", A], 1, "• No run is promoted as Blogs\n"),
        ([A, B, "--probe", "qqq"], 1, "'qqq' is in no vocabulary"),
    ],
)
def test_what_can_not_be_compared_is_a_sentence(run, two, arguments: list[str], status: int, sentence: str):
    ended, _, err = run("compare", *arguments)
    assert ended == status
    assert sentence in err


def test_a_run_without_a_model_is_named(run, two, account):
    account.claim({"run_id": "wv-failed", "status": "FAILED", "execution_arn": "x", "reason": "no words"})

    status, _, err = run("compare", A, "wv-failed")

    assert status == 1
    assert "wv-failed is FAILED" in err
    assert "no words" in err


def test_in_the_local_cloud_the_costs_are_those_of_aws(run, two, monkeypatch):
    assert "AWS cost" not in run("compare", A, B)[1]
    monkeypatch.setattr(Deployment, "is_local", True)
    assert "AWS cost per point" in run("compare", A, B)[1]
