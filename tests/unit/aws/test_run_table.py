"""The runs table: claims, transitions, and numbers that come back as they went in."""

from __future__ import annotations

import itertools
from datetime import timedelta

import boto3
import pytest

from tests.unit.conftest import TABLE
from wordvectors.aws import run_table
from wordvectors.aws.items import MOST_FIELD_BYTES
from wordvectors.lifecycle.errors import NotStorable, UnreadableRow
from wordvectors.lifecycle.run import Changes
from wordvectors.lifecycle.status import RunStatus
from wordvectors.plain_text import plain_sentences

RUN = {"run_id": "wv-a-1", "status": "PLANNED", "execution_arn": "x"}


def test_a_run_can_be_claimed_once(account):
    assert account.claim(RUN) is True
    assert account.claim({**RUN, "execution_arn": "y"}) is False
    assert account.row("wv-a-1")["execution_arn"] == "x"


def test_values_come_back_as_they_went_in(account):
    recipe = {"rate": 0.05, "tiny": 1e-9, "count": 5, "on": True, "names": ["a", "b"], "text": "ü"}
    account.claim({**RUN, "corpus": {"key": "k", "recipe": recipe}})

    back = account.row("wv-a-1")["corpus"]["recipe"]

    assert back == recipe
    assert {name: type(value) for name, value in back.items()} == {
        name: type(v) for name, v in recipe.items()
    }


def test_a_run_moves_only_to_what_may_follow(account):
    for before, after in itertools.product(RunStatus, RunStatus):
        name = f"wv-{before}-{after}"
        account.claim({**RUN, "run_id": name, "status": str(before)})

        moved = account.runs.advance(name, after, Changes(waiting_for="moved"))

        run = account.row(name)
        assert moved is (before in after.predecessors()), name
        assert run["status"] == (after if moved else before)
        assert ("waiting_for" in run) is moved


@pytest.mark.parametrize("number", [1, 2])
def test_a_run_whose_job_got_no_instances_goes_back_to_the_queue_once(account, number):
    known = {"training": {"job_status": "InProgress"}, "progress": {"percent": 1}, "polls": 3}
    account.claim({**RUN, "status": "TRAINING", **known, **({"job_number": 2} if number == 2 else {})})
    run = account.runs.require("wv-a-1")

    assert account.runs.queue_again(run, "capacity") is True
    row = account.row("wv-a-1")
    assert (row["status"], row["job_number"], row["waiting_for"]) == ("QUEUED", number + 1, "capacity")
    assert (row["training"], row["progress"], row["polls"]) == ({}, {}, 4)
    assert account.runs.queue_again(run, "again") is False
    assert account.runs.advance("wv-a-1", RunStatus.TRAINING, job_number=number + 1) is True
    assert account.runs.queue_again(run, "the job before") is False
    assert account.row("wv-a-1")["status"] == "TRAINING"


@pytest.mark.parametrize("status", [status for status in RunStatus if status is not RunStatus.TRAINING])
def test_only_a_run_in_training_goes_back_to_the_queue(account, status):
    account.claim({**RUN, "status": str(status)})

    assert account.runs.queue_again(account.runs.require("wv-a-1"), "capacity") is False
    assert account.row("wv-a-1")["status"] == status


def test_what_is_about_an_earlier_job_is_not_written(account):
    account.claim({**RUN, "status": "QUEUED", "job_number": 2})

    for earlier_or_later in (1, 3):
        assert account.runs.advance("wv-a-1", RunStatus.TRAINING, job_number=earlier_or_later) is False
    assert account.row("wv-a-1")["status"] == "QUEUED"
    assert account.runs.advance("wv-a-1", RunStatus.TRAINING, job_number=2) is True


def test_an_attribute_set_to_none_is_removed(account):
    account.claim({**RUN, "waiting_for": "a place"})
    account.runs.advance("wv-a-1", RunStatus.TRAINING, Changes(waiting_for=None))
    assert "waiting_for" not in account.row("wv-a-1")


def test_a_run_that_is_not_there_is_not_made_by_a_transition(account):
    assert account.runs.advance("wv-none", RunStatus.FAILED) is False
    assert account.row("wv-none") is None


def test_runs_come_newest_first_and_within_bounds(account):
    for day in ("2026-01-01", "2026-01-03", "2026-01-02"):
        account.claim({**RUN, "run_id": day, "created_at": f"{day}T00:00:00.000+00:00"})

    assert [run.run_id for run in account.runs.newest()] == ["2026-01-03", "2026-01-02", "2026-01-01"]
    within = account.runs.newest(since="2026-01-02", until="2026-01-02T23")
    assert [run.run_id for run in within] == ["2026-01-02"]


def test_runs_of_a_corpus_or_in_a_status_alone(account):
    for number, (corpus, status) in enumerate([("a", "FAILED"), ("a", "COMPLETED"), ("b", "COMPLETED")]):
        day = f"2026-01-0{number + 1}T00:00:00.000+00:00"
        account.claim(
            {**RUN, "run_id": f"wv-{number}", "corpus_key": corpus, "status": status, "created_at": day}
        )

    assert [run.run_id for run in account.runs.newest(corpus_key="a")] == ["wv-1", "wv-0"]
    assert [run.run_id for run in account.runs.newest(statuses=["COMPLETED"])] == ["wv-2", "wv-1"]
    found = account.runs.newest(corpus_key="a", statuses=["FAILED", "STOPPED"], since="2026", until="2027")
    assert [run.run_id for run in found] == ["wv-0"]


def test_the_best_runs_of_a_corpus_come_first(account):
    for name, rho in {"wv-low": 0.1, "wv-high": 0.7, "wv-none": None}.items():
        score = {} if rho is None else {"mean_rho": rho}
        account.claim({**RUN, "run_id": name, "corpus_key": "a", **score})

    assert [run.run_id for run in account.runs.best("a")] == ["wv-high", "wv-low"]
    assert list(account.runs.best("b")) == []


def test_a_run_is_meant_by_its_id_its_beginning_or_as_the_latest(account):
    for number, name in enumerate(["wv-a-1", "wv-a-12", "wv-b-1"]):
        account.claim({**RUN, "run_id": name, "created_at": f"2026-01-0{number + 1}T00:00:00.000+00:00"})

    def named(wanted):
        return [run.run_id for run in account.runs.matching(wanted)]

    assert named("wv-a-1") == ["wv-a-1"]
    assert named("wv-a") == ["wv-a-12", "wv-a-1"]
    assert named("latest") == ["wv-b-1"]
    assert named("x") == []


def test_a_whole_name_means_no_run_with_a_longer_one(account):
    small, again, smaller = "wv-small-0123456789ab", "wv-small-0123456789ab-2", "wv-smaller-ba9876543210"
    for number, name in enumerate([small, again, smaller]):
        account.claim({**RUN, "run_id": name, "created_at": f"2026-01-0{number + 1}T00:00:00.000+00:00"})

    def named(wanted):
        return [run.run_id for run in account.runs.matching(wanted)]

    assert named("wv-small") == [again, small]
    assert named("wv-smalle") == [smaller]
    assert named("wv-sm") == [smaller, again, small]


def test_who_asked_for_a_stop_is_noted_on_open_runs_only(account):
    for status in RunStatus:
        name = f"wv-{status}"
        account.claim({**RUN, "run_id": name, "status": str(status)})

        noted = account.runs.note_stop(name, "ann")

        assert noted is not status.is_final
        assert account.row(name).get("stop_requested_by") == (None if status.is_final else "ann")
    assert account.runs.note_stop("wv-none", "ann") is False


def test_one_closing_at_a_time_may_tell_people(account):
    account.claim(RUN)

    assert account.runs.claim_message("wv-a-1") is True
    assert account.runs.claim_message("wv-a-1") is False
    account.runs.release_message("wv-a-1")
    assert account.runs.claim_message("wv-a-1") is True
    account.runs.mark_notified("wv-a-1")
    assert account.runs.claim_message("wv-a-1") is False
    assert account.runs.claim_message("wv-not-there") is False
    assert {"message_claimed_at", "message_claims"}.isdisjoint(account.row("wv-a-1"))


def test_a_claim_whose_maker_died_lapses_once(account, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run_table, "MESSAGE_LEASE", timedelta(seconds=-1))
    account.claim(RUN)

    assert [account.runs.claim_message("wv-a-1") for _ in range(4)] == [True, True, False, False]


def test_the_runs_of_a_corpus_that_have_a_score_come_best_first(account):
    for name, key, rho in (
        ("a", "one", 0.3),
        ("b", "one", 0.5),
        ("c", "two", 0.9),
        ("d", "one", None),
        ("e", "one", -0.1),
    ):
        account.claim(
            {**RUN, "run_id": name, "corpus_key": key, **({} if rho is None else {"mean_rho": rho})}
        )

    assert [run.run_id for run in account.runs.best("one")] == ["b", "a", "e"]
    assert list(account.runs.best("three")) == []


@pytest.mark.parametrize(
    ("fact", "named"),
    [
        ({"percent": 1e-300}, r"progress\.percent is 1e-300"),
        ({"words_per_second": 1e200}, r"progress\.words_per_second is 1e\+200"),
        ({"alpha": float("inf")}, r"progress\.alpha is inf"),
    ],
)
def test_a_number_that_dynamodb_cannot_hold_is_named_with_its_field(account, fact, named):
    account.claim({**RUN})

    with pytest.raises(NotStorable, match=f"the run's {named}, which DynamoDB can't hold"):
        account.runs.advance("wv-a-1", RunStatus.TRAINING, Changes(progress=fact))
    assert account.row("wv-a-1")["status"] == "PLANNED"


def test_a_field_that_is_too_long_for_a_row_is_named(account):
    with pytest.raises(NotStorable, match=r"the run's reasons takes 160,400 bytes; its row holds 120,000"):
        account.claim({**RUN, "reasons": ["é" * 800] * 100})
    with pytest.raises(NotStorable, match="the run's reason holds half a character"):
        account.claim({**RUN, "reason": "\ud800"})


def test_what_dynamodb_cannot_hold_is_in_no_row(account):
    account.claim({**RUN})
    runs = account.runs
    assert (runs.get("\ud800"), [*runs.best("\ud800")], [*runs.newest(corpus_key="\ud800")]) == (None, [], [])


def test_the_longest_reasons_fit_twice_into_a_row():
    longest = plain_sentences(["\U0001f600" * 2_000] * 100)
    assert len("; ".join(longest).encode()) < MOST_FIELD_BYTES


def test_a_row_that_cannot_be_read_is_named_once_and_the_others_are_shown(account, caplog):
    for name in ("wv-a", "wv-b"):
        account.claim({"run_id": name, "status": "COMPLETED", "corpus_key": "corpora/a.txt", "mean_rho": 0.5})
    boto3.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"run_id": {"S": "wv-a"}},
        UpdateExpression="SET attempt = :x",
        ExpressionAttributeValues={":x": {"S": "first"}},
    )

    for found in (account.runs.newest(), account.runs.best("corpora/a.txt"), account.runs.matching("wv-")):
        assert [run.run_id for run in found] == ["wv-b"]
    (said,) = caplog.messages
    assert "wv-a can't be read (attempt: " in said
    with pytest.raises(UnreadableRow, match=r"wv-a can't be read \(attempt: "):
        account.runs.get("wv-a")


@pytest.mark.parametrize("wanted", ["", "wv-" + "a" * 3000, "../wv-a", "wv a"])
def test_what_can_be_no_runs_id_is_asked_of_no_table(account, wanted):
    account.claim({"run_id": "wv-a", "status": "COMPLETED", "corpus_key": "corpora/a.txt"})

    assert account.runs.matching(wanted) == []
