"""The API's answers are those of the library; what is wrong with a request is told as problem details."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.serving.conftest import toy
from wordvectors.serving.contract import MOST_BYTES, MOST_NEIGHBOURS, MOST_VECTORS, MOST_WORDS
from wordvectors.serving.events import url_event
from wordvectors.serving.handler import request_handler
from wordvectors.serving.models import NotReadable, OneModel
from wordvectors.vectors.word_vectors import WordVectors

PROBLEM = "application/problem+json"


def test_neighbours_of_each_word_and_what_is_said_of_unknown_ones(ask):
    status, _, body = ask("POST", "/neighbours", {"words": ["King", "qeen", "man"], "topn": 2})

    assert status == 200
    assert [(one["word"], one["form"], one["origin"]) for one in body["answers"]] == [
        ("King", "king", "vocabulary"), ("man", "man", "vocabulary"),
    ]  # fmt: skip
    for one in body["answers"]:
        expected = toy().most_similar(one["form"], topn=2)
        assert [(near["word"], pytest.approx(near["cosine"])) for near in one["neighbours"]] == expected
    (unknown,) = body["unknown"]
    assert (unknown["word"], unknown["suggestions"]) == ("qeen", ["queen"])
    assert "no subwords" in unknown["detail"]


def test_a_model_with_subwords_answers_for_any_word_and_says_by_what(ask):
    body = ask("POST", "/neighbours", {"words": ["dissapointedd", "king"]}, ngrams=True).body

    assert body["unknown"] == []
    assert [one["origin"] for one in body["answers"]] == ["n-grams", "vocabulary"]
    expected = toy(ngrams=True).most_similar("dissapointedd")
    assert [near["word"] for near in body["answers"][0]["neighbours"]] == [word for word, _ in expected]


def test_analogies_similarities_and_vectors_are_those_of_the_library(ask):
    body = ask("POST", "/analogy", {"positive": ["king", "woman"], "negative": ["man"], "topn": 1}).body
    assert body["neighbours"][0]["word"] == "queen"
    body = ask("POST", "/similarity", {"pairs": [["man", "king"], ["man", "x"]]}).body
    assert [one["cosine"] for one in body["answers"]] == [pytest.approx(toy().similarity("man", "king"))]
    assert [one["word"] for one in body["unknown"]] == ["x"]
    body = ask("POST", "/vectors", {"words": ["queen"]}).body
    assert body["answers"][0]["vector"] == toy()["queen"].tolist()


def test_an_analogy_with_an_unknown_word_has_no_answer(ask):
    body = ask("POST", "/analogy", {"positive": ["king", "x"]}).body
    assert body["neighbours"] == []
    assert [one["word"] for one in body["unknown"]] == ["x"]


def test_models_are_listed_and_another_is_not_there(ask):
    assert ask("GET", "/models").body == {
        "models": [{"name": "toy", "promoted_as": ["@team/words"], "bytes": None, "modified_at": None}]
    }
    named = ask("POST", "/vectors", {"words": ["king"], "model": "@team/words"})
    assert (named.status, named.body["model"]) == (200, "toy")
    assert ask("POST", "/vectors", {"words": ["king"], "model": "toy"}).status == 200
    status, kind, body = ask("POST", "/vectors", {"words": ["king"], "model": "other"})
    assert (status, kind) == (404, PROBLEM)
    assert body["detail"] == "there is no model 'other' here; there is 'toy'"


@pytest.mark.parametrize(
    ("body", "status", "fault"),
    [
        ({"words": []}, 422, "words: List should have at least 1 item"),
        ({"words": ["a"] * 65}, 422, "words: List should have at most 64 items"),
        ({"words": ["x" * 201]}, 422, "words.0: String should have at most 200 characters"),
        ({"words": ["a"], "topn": 101}, 422, "topn: Input should be less than or equal to 100"),
        ({"words": ["a"], "topm": 1}, 422, "topm: Extra inputs are not permitted"),
        ({"words": ["\ud800"]}, 422, "words.0: Input should be a valid string"),
        ([1], 422, "valid dictionary"),
        (None, 422, "Field required"),
        (b"{nope", 422, "the body is not JSON: Expecting property name"),
        (b"\xff", 422, "it is not UTF-8"),
        (b"[" * 100_000, 422, "it is nested too deeply"),
        (b"1" * 5_000, 422, "the body is not JSON: a number in it has 5,000 digits"),
        (b'{"words": ["a"], "topn": NaN}', 422, "topn: Input should be a finite number"),
        (b" " * (MOST_BYTES + 1), 413, "at most 262,144 are taken"),
    ],
)  # fmt: skip
def test_a_faulty_request_is_told_its_fault(ask, body, status, fault):
    found = ask("POST", "/neighbours", body)
    assert (found.status, found.kind, found.body["status"]) == (status, PROBLEM, status)
    assert fault in found.body["detail"]


def test_what_is_no_json_and_what_is_no_path_is_told(ask):
    assert ask("POST", "/neighbours", b"words=a", kind="multipart/form-data").status == 415
    assert "names no word" in ask("POST", "/analogy", {}).body["detail"]
    for method, path in (("GET", "/../x"), ("POST", "/neighbours/"), ("DELETE", "/nothing")):
        found = ask(method, path)
        assert (found.status, found.kind) == (404, PROBLEM)
        assert found.body["detail"] == f"{method} {path} is not part of this API; GET / shows it."


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/neighbours", "POST"),
        ("PUT", "/vectors", "POST"),
        ("DELETE", "/models", "GET"),
        ("POST", "/", "GET"),
    ],
)
def test_a_path_that_takes_another_method_says_which(handlers, method, path, allowed):
    found = handlers[False](url_event(method, path, {}, b""), None)

    assert (found["statusCode"], found["headers"]["Content-Type"], found["headers"]["Allow"]) == (
        405,
        PROBLEM,
        allowed,
    )
    assert json.loads(found["body"])["detail"].startswith(f"{path} takes {allowed}, and not {method}")


scalars = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
names = st.sampled_from(["words", "pairs", "positive", "topn", "model", "x"])
some_json = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=40)
@given(some_json, st.sampled_from(["/neighbours", "/similarity", "/analogy", "/vectors"]))
def test_any_json_is_answered_or_told_its_fault(handlers, body, path):
    event = url_event("POST", path, {}, json.dumps(body).encode())
    answered = handlers[True](event, None)
    assert answered["statusCode"] in (200, 404, 422)
    json.loads(answered["body"])


def test_the_api_describes_itself(ask, handlers):
    event = url_event("GET", "/?format=json", {}, b"")
    document = json.loads(handlers[False](event, None)["body"])
    assert set(document["paths"]) == {"/models", "/neighbours", "/similarity", "/analogy", "/vectors"}
    assert PROBLEM in document["paths"]["/vectors"]["post"]["responses"]["422"]["content"]
    page = ask("GET", "/")
    assert page.kind == "text/html"
    assert 'src="http' not in page.body  # nothing is fetched from elsewhere


def test_a_full_answer_fits_what_a_functions_url_returns():
    words = [f"{n:0200}" for n in range(300)]
    vectors = WordVectors(words, np.random.default_rng(1).normal(size=(300, 559)).astype(np.float32))
    handle = request_handler(OneModel("large", vectors))
    for path, question in (
        ("/neighbours", {"words": words[:MOST_WORDS], "topn": MOST_NEIGHBOURS}),
        ("/vectors", {"words": words[:MOST_VECTORS]}),
    ):
        answered = handle(url_event("POST", path, {}, json.dumps(question).encode()), None)
        assert answered["statusCode"] == 200
        assert len(answered["body"]) < 6_000_000


def test_models_that_cant_be_read_now_are_a_503():
    class Unreadable(OneModel):
        def get(self, name: str):
            raise NotReadable("S3: SlowDown")

    answer = request_handler(Unreadable("toy", toy()))
    returned = answer(
        url_event("POST", "/neighbours", {"content-type": "application/json"}, b'{"words": ["king"]}'), None
    )
    assert returned["statusCode"] == 503
    assert json.loads(returned["body"])["detail"] == "S3: SlowDown"


def test_the_page_has_the_apis_name_and_says_what_is_answered(ask):
    page = ask("GET", "/").body
    assert "<title>wordvectors</title>" in page
    assert 'rel="icon"' in page
    described = ask("GET", "/?format=json").body
    assert described["servers"] == [
        {"url": "."}
    ]  # it asks where it is, also below the path of a function's local URL
    for path, answers in described["paths"].items():
        ((_, operation),) = answers.items()
        ok = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        assert ok.endswith({"/models": "ModelsAnswer"}.get(path, f"{path[1:].title()}Answer"))
        refusals = [one for status, one in operation["responses"].items() if status > "299"]
        assert {kind for one in refusals for kind in one["content"]} == {PROBLEM}
        assert {"404", "415", "503"} < set(operation["responses"])
