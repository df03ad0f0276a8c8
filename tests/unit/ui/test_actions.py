"""What can be done from the page, and that nobody else can do it."""

from __future__ import annotations

import json

import pytest

from tests.unit.conftest import BUCKET
from tests.unit.pages.runs import FAILED, FIRST, HOSTILE, TRAINING
from tests.unit.ui.serving import said
from tests.unit.ui.test_requests import STRANGERS
from wordvectors.ui.actions import ACTIONS

SECOND = "wv-blogs-00000000001a"
"""Completed, with a note."""


@pytest.fixture
def do(site):
    """Act: `do("note", FIRST, text="x")` returns the outcome."""

    def act(action: str, *runs: str, **more):
        answer = site.ask(f"do/{action}", "POST", json.dumps({"runs": runs, **more}))
        assert answer.status == 200, said(answer)
        return json.loads(answer.text)

    return act


def test_nobody_else_acts(site, account):
    body = json.dumps({"runs": [FIRST], "text": "taken over"})
    for headers in (*STRANGERS, {"Origin": None}, {"Origin": "http://rebound.example.org"}):
        for action in ("note", "nowhere"):
            assert site.ask(f"do/{action}", "POST", body, **headers).status == 403, headers
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        assert site.ask("do/note", method, body).status in (404, 501), method
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert site.ask("do/note", "POST", body, Content_Type=kind).status == 415
    assert account.runs.get(FIRST).note is None


def test_what_is_no_wish_is_refused(site):
    wishes = [
        "",
        "[]",
        "{",
        "null",
        '{"runs": []}',
        '{"runs": "x"}',
        '{"runs": ["wv-a"], "more": 1}',
        "{" * 30_000,
    ]
    for body in (
        *wishes,
        json.dumps({"runs": ["a"] * 200}),
        json.dumps({"runs": ["a"], "text": "x" * 9_000}),
    ):
        assert site.ask("do/note", "POST", body).status == 422, body[:40]


def test_too_much_is_not_even_read(site):
    for length in ("99999999", "9" * 5_000):
        assert site.ask("do/note", "POST", "x", Content_Length=length).status == 413
    assert site.ask("do/note", "POST", "x", Content_Length="-1").status == 415


def test_a_run_that_there_is_not_is_said(do, account):
    account.put("runs/x/report.html", "x")
    for run_id in ("../x", "wv-nowhere", "@news", "latest", "wv-blogs", "", "x" * 1000, "a/../../b"):
        for action in ACTIONS:
            outcome = do(action, FIRST, run_id, text="t", sure=True)
            assert outcome == {"said": [], "faults": [f"there is no run {run_id}"], "ask": ""}
    assert account.runs.get(FIRST).tags == ()


def test_notes_and_tags_are_written_and_what_cant_be_is_said(do, site, account):
    assert do("note", FIRST, text=HOSTILE)["said"] == [f"{FIRST} has this note."]
    assert HOSTILE not in site.ask("").text
    assert (
        do("tag", FIRST, SECOND, text="good for=search")["said"][0]
        == f"{FIRST} has the tags for=search, good."
    )
    assert do("untag", FIRST, text="good")["said"] == [f"{FIRST} has the tags for=search."]
    assert do("note", SECOND, text=" ")["said"] == [f"{SECOND} has no note."]
    row = account.runs.get(FIRST)
    assert (row.note, row.tags, account.runs.get(SECOND).note) == (HOSTILE, ("for=search",), None)

    assert "line break" in do("note", FIRST, text="two\nlines")["faults"][0]
    assert "is no tag" in do("tag", FIRST, text="<b>")["faults"][0]
    assert do("tag", FIRST, text=" ")["faults"] == ["no tag was named"]


def test_promoting_what_scores_less_is_asked_first(do, account):
    assert do("promote", SECOND, text="current")["said"] == [f"@current stands for {SECOND}."]

    outcome = do("promote", FIRST, text="@current")
    assert "Promote it all the same?" in outcome["ask"]
    assert account.runs.matching("@current")[0].run_id == SECOND
    assert do("promote", FIRST, text="@current", sure=True)["said"] == [f"@current stands for {FIRST}."]

    assert "choose one" in do("promote", FIRST, SECOND)["faults"][0]
    assert "it has no model" in do("promote", FAILED, text="x")["faults"][0]
    assert "can't be a model's name" in do("promote", FIRST, text="../x")["faults"][0]


def test_removing_is_asked_first_and_what_is_needed_stays(do, account):
    account.put(f"runs/{SECOND}/report.html", "x" * 2_000)
    assert "promoted as @news" in do("remove", "wv-news-000000000018", SECOND, sure=True)["faults"][0]
    assert "is TRAINING" in do("remove", TRAINING, SECOND, sure=True)["faults"][0]

    outcome = do("remove", SECOND)
    assert outcome["ask"].startswith(f"Remove {SECOND} for good")
    assert "(2.0 kB)" in outcome["ask"]
    assert account.runs.get(SECOND) is not None
    assert do("remove", SECOND, sure=True)["said"] == [f"{SECOND} was removed."]
    assert account.runs.get(SECOND) is None
    assert "Contents" not in account.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"runs/{SECOND}/")


def test_training_again_needs_the_same_corpus(do, account, monkeypatch):
    started = []
    monkeypatch.setattr(
        "wordvectors.client.deployment.Deployment.start_again", lambda place, *what: started.append(what)
    )
    assert "was deleted since" in do("again", FIRST, sure=True)["faults"][0]
    account.put("corpora/news.txt", "another text")
    assert "was replaced since" in do("again", FIRST, sure=True)["faults"][0]
    etag = account.put("corpora/blogs.txt", "the text")
    account.runs._update(
        SECOND, UpdateExpression="SET corpus.etag = :etag", ExpressionAttributeValues={":etag": {"S": etag}}
    )

    assert do("again", SECOND)["ask"].startswith("Train once more")
    assert started == []
    assert f"{SECOND} is trained again" in do("again", SECOND, sure=True)["said"][0]
    ((key, stored, plan),) = started
    assert (key, stored, plan.hyperparameters.vector_dim) == ("corpora/blogs.txt", etag, 200)


def test_stopping_is_asked_first(do):
    assert do("stop", TRAINING)["ask"] == f"Stop {TRAINING}?"
    assert do("stop", FIRST, sure=True)["said"] == [f"{FIRST} has ended already: COMPLETED."]
