"""Names of current models: what they stand for, who may be surprised by a change, and what is told of it."""

from __future__ import annotations

import io
import json

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

import wordvectors
from tests.unit.conftest import TABLE, trained
from wordvectors.client import models, promoting
from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.promotions import NotPromotable, PromotedMeanwhile, name_for
from wordvectors.lifecycle.run import Run

OLD, NEW, POOR = "wv-blogs-000000000001", "wv-blogs-000000000002", "wv-blogs-000000000003"
VECTORS = "3 2\nking 1 0\nqueen 0.9 0.1\napple 0 1\n"


@pytest.fixture
def three(account):
    """Runs of one corpus, the second the best."""
    for run_id, rho in ((OLD, 0.5), (NEW, 0.6), (POOR, 0.4)):
        trained(account, run_id, VECTORS, mean_rho=rho)


@pytest.fixture
def events(account, monkeypatch):
    """What was put on the bus."""
    put = []
    call = BaseClient._make_api_call

    def noting(self, operation, kwargs):
        if operation == "PutEvents":
            put.extend({**entry, "Detail": json.loads(entry["Detail"])} for entry in kwargs["Entries"])
        return call(self, operation, kwargs)

    monkeypatch.setattr(BaseClient, "_make_api_call", noting)
    return put


def stands_for(run, name: str = "@blogs") -> str:
    status, out, err = run("show", name, "--json")
    assert status == 0, err
    return json.loads(out)["run_id"]


def test_a_name_stands_for_a_run_wherever_one_is_taken(run, three, account, session, outputs, monkeypatch):
    assert run("promote", OLD)[:2] == (0, f"@blogs stands for {OLD} (mean_rho 0.5000).\n")

    assert stands_for(run) == OLD
    assert "queen" in run("neighbours", "@blogs", "king")[1]
    assert "@blogs" in run("show", OLD)[1]
    monkeypatch.setattr(models, "connect_local", lambda home, stack: Deployment(session, None, outputs))
    assert wordvectors.load("@blogs").most_similar("king", topn=1)[0][0] == "queen"
    with pytest.raises(models.NoModel, match="no run is promoted as news"):
        wordvectors.load("@news")
    assert "No run is promoted as news" in run("show", "@news")[2]


def test_names_are_no_runs(run, three, account):
    run("promote", OLD)
    run("promote", NEW, "--as", "@latest models/en")

    assert {found["run_id"] for found in json.loads(run("runs", "--json")[1])} == {OLD, NEW, POOR}
    assert [found.run_id for found in account.runs.best("corpora/blogs.txt")] == [NEW, OLD, POOR]
    assert stands_for(run, "@latest models/en") == NEW


def test_a_score_stands_with_what_it_rests_on(run, account):
    few = {"spearmans_rho": 0.9, "not_found": 996, "total_pairs": 999}
    trained(account, "wv-few", VECTORS, evaluation={"sets": {"SimLex-999": few}})

    out = run("promote", "wv-few", "--by", "SimLex-999")[1]
    assert "wv-few (SimLex-999 0.9000 [−1.00, 1.00] 0%, too few to rank by)." in " ".join(out.split())
    assert "0.9000 [−1.00, 1.00] 0%, too few to rank by" in " ".join(run("history")[1].split())


def test_the_way_of_a_name(run, three, events):
    """Who, when, from which run to which, with both scores; each change an event."""
    for command in (
        ["promote", OLD],
        ["promote", NEW],
        ["rollback", "blogs"],
        ["rollback", "@blogs"],
        ["demote", "@blogs"],
    ):
        assert run(*command)[0] == 0

    changes = json.loads(run("history", "blogs", "--json")[1])
    assert [(each["number"], each["run"], each["before"]) for each in changes] == [
        (5, None, NEW), (4, NEW, OLD), (3, OLD, NEW), (2, NEW, OLD), (1, OLD, None),
    ]  # fmt: skip
    assert (changes[1]["score"], changes[1]["score_before"], changes[1]["measure"]) == (0.6, 0.5, "mean_rho")
    assert changes[1]["by"].startswith("arn:aws:sts::")
    assert changes[1]["at"] > changes[2]["at"]
    assert run("show", "@blogs")[0] == 1
    assert "Promoted as" not in run("show", NEW)[1]
    assert [(event["DetailType"], event["Detail"]["run"]) for event in events] == [
        ("Model Promoted", OLD), ("Model Promoted", NEW), ("Model Promoted", OLD), ("Model Promoted", NEW),
        ("Model Demoted", None),
    ]  # fmt: skip
    assert events[1]["Source"] == "wordvectors"
    assert events[1]["Detail"]["table"] == TABLE
    assert events[1]["Detail"]["model"].endswith(f"models/{NEW}/output/model.tar.gz")
    assert NEW in run("history")[1]
    assert run("history", "\udcff")[0] == 1
    assert run("history", "@News")[::2] == (
        1, "✗ No run is promoted as News, nor was one ever\n  → `wordvectors history` shows all names.\n"
    )  # fmt: skip
    assert run("rollback", "blogs")[1] == f"@blogs stands for {NEW} (mean_rho 0.6000).\n"


def test_a_lower_score_is_asked_about(run, three, monkeypatch):
    run("promote", NEW)

    monkeypatch.setattr("sys.stdin", io.StringIO())  # nobody answers
    status, _, err = run("promote", POOR)
    assert status == 1
    assert f"the mean_rho of {POOR} is 0.4000, and that of {NEW} is 0.6000" in " ".join(err.split())
    assert stands_for(run) == NEW
    monkeypatch.setattr("typer.confirm", lambda *question, **how: True)
    assert run("promote", POOR)[0] == 0
    assert run("promote", NEW)[0] == 0
    assert run("promote", POOR, "--yes")[0] == 0
    assert stands_for(run) == POOR


def test_what_can_not_be_promoted(run, three, account):
    account.claim({"run_id": "wv-blogs-failed", "status": "FAILED", "corpus_key": "corpora/blogs.txt"})

    assert "wv-blogs-failed is FAILED: it has no model" in run("promote", "wv-blogs-failed")[2]
    assert "has no score on animals" in run("promote", OLD, "--by", "animals")[2]
    assert "can't be a model's name" in run("promote", OLD, "--as", "a//b")[2]
    assert "no run is promoted as blogs" in run("demote", "blogs")[2]
    assert "stood for no other run before" in run("rollback", "blogs")[2]
    with pytest.raises(NotPromotable):
        name_for(Run.of_row({"run_id": "a", "status": "REJECTED", "corpus_key": "unknown\n"}), None)


def test_a_name_that_the_table_can_not_hold_is_refused_and_stands_for_nothing(run, three):
    long = "/".join(["\N{GRINNING FACE}" * 60] * 16)  # 975 characters, in 3,855 bytes
    assert "can't be a model's name" in run("promote", NEW, "--as", long)[2]
    for unknown in (f"@{long}", f"@{'x' * 3_000}", f"tuning-{'x' * 3_000}"):
        for command in ("show", "watch", "stop", "open", "neighbours"):
            status, _, err = run(command, unknown, *(["cat"] if command == "neighbours" else []))
            assert status == 1, command
            assert "AWS did not" not in err, command
    for command in ("demote", "rollback"):
        assert "AWS did not" not in run(command, long)[2]


def test_of_two_at_once_one_wins_and_the_other_is_told(three, account, session, outputs):
    place = Deployment(session, None, outputs)
    runs = {run_id: account.runs.require(run_id) for run_id in (OLD, NEW)}
    first, second = (promoting.planned(place, "blogs", run, "mean_rho") for run in runs.values())

    promoting.carry_out(place, second)
    with pytest.raises(PromotedMeanwhile, match=f"made blogs stand for {NEW} in the meantime"):
        promoting.carry_out(place, first)

    assert account.runs.require(OLD).promoted_as == ()
    assert account.runs.require(NEW).promoted_as == ("blogs",)
    assert len(list(place.promotions.history("blogs"))) == 1


def test_a_change_that_the_bus_did_not_take_holds_and_is_told_later(run, three, events, monkeypatch):
    call = BaseClient._make_api_call

    def refusing(self, operation, kwargs):
        if operation == "PutEvents":
            raise ClientError(
                {"Error": {"Code": "AccessDeniedException", "Message": "no events:PutEvents"}}, operation
            )
        return call(self, operation, kwargs)

    with monkeypatch.context() as denied:
        denied.setattr(BaseClient, "_make_api_call", refusing)
        status, _, err = run("promote", OLD)
        assert (status, "nobody was told of it" in err, "no events:PutEvents" in err) == (0, True, True)
    assert events == []

    assert run("promote", OLD)[1] == f"@blogs stands for {OLD} (mean_rho 0.5000) already.\n"
    run("promote", OLD)
    assert [event["Detail"]["run"] for event in events] == [OLD]
    assert len(json.loads(run("history", "--json")[1])) == 1
    assert boto3.client("dynamodb").scan(TableName=TABLE)["Count"] == 5
