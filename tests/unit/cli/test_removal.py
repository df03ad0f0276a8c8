"""Runs that are removed: shown beforehand, never one that is needed, with old versions and what this machine keeps."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.conftest import BUCKET, CORPUS, CORPUS_KEY, trained
from tests.unit.tuning.tunings import planned
from wordvectors.client import cache
from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.promotions import PromotedMeanwhile, Promotion
from wordvectors.tuning.tuning import Known, Trial, TrialKind, TuningStatus

OLD, NEW, POOR, AGAIN = (f"wv-blogs-00000000000{end}" for end in ("1", "2", "3", "1-2"))
VECTORS = "3 2\nking 1 0\nqueen 0.9 0.1\napple 0 1\n"


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())


@pytest.fixture
def several(account):
    """Completed runs of one corpus, with models and reports in a versioned bucket, and one that trains."""
    account.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    account.put(CORPUS_KEY, CORPUS)
    for number, (run_id, rho) in enumerate({OLD: 0.5, NEW: 0.6, POOR: 0.4, AGAIN: 0.3}.items()):
        created = datetime.now(UTC) - timedelta(days=40 - 10 * number)
        trained(account, run_id, VECTORS, mean_rho=rho, created_at=created.isoformat(timespec="milliseconds"))
        account.put(f"runs/{run_id}/report.html", "first")
        account.put(f"runs/{run_id}/report.html", "second")
    account.claim({"run_id": "wv-blogs-open", "status": "TRAINING", "corpus_key": CORPUS_KEY})


def versions(account, text: str) -> list[str]:
    answer = account.s3.list_object_versions(Bucket=BUCKET)
    entries = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
    return [entry["Key"] for entry in entries if text in entry["Key"]]


def listed(run) -> set[str]:
    return {each["run_id"] for each in json.loads(run("runs", "--json")[1])}


def test_a_run_goes_with_all_that_it_has_left(run, several, account):
    run("neighbours", OLD, "king")
    account.s3.delete_object(Bucket=BUCKET, Key=f"models/{OLD}/output/model.tar.gz")
    assert len(cache.of_run(OLD)) == 1

    status, out, err = run("rm", OLD)
    assert (status, OLD in out, "Nothing was removed" in err) == (1, True, True)
    assert run("rm", OLD, "--dry-run")[0] == 0
    assert len(versions(account, f"{OLD}/")) == 4
    status, _, err = run("rm", OLD, "--yes")
    assert status == 0, err

    assert versions(account, f"{OLD}/") == []
    assert len(versions(account, f"{AGAIN}/")) == 3  # whose name begins like this one's
    assert cache.of_run(OLD) == []
    assert listed(run) == {NEW, POOR, AGAIN, "wv-blogs-open"}
    assert "There is no run" in run("show", OLD + "-1")[2]
    assert account.runs.was_removed(OLD)
    assert versions(account, CORPUS_KEY) == [CORPUS_KEY]


def test_what_is_needed_is_not_removed(run, several, account):
    just_now = datetime.now(UTC).isoformat()
    account.claim({"run_id": "wv-failed", "status": "FAILED", "corpus_key": CORPUS_KEY, "ended_at": just_now})
    run("promote", NEW)

    status, _, err = run("rm", NEW, POOR, "wv-blogs-open", "wv-failed", "--yes")
    said = " ".join(err.split())
    assert status == 1
    assert f"{NEW} is promoted as @blogs" in said
    assert "wv-blogs-open is TRAINING" in said
    assert "wv-failed has ended just now" in said
    assert POOR in listed(run)


@pytest.mark.parametrize("status", [TuningStatus.SEARCHING, TuningStatus.COMPLETED])
def test_what_a_tuning_under_way_uses_stays(run, several, account, session, outputs, status):
    """It was trained by the tuning, which may not have seen yet that it has ended; or the search has learnt from it."""
    place = Deployment(session, None, outputs)
    account.claim({"run_id": "wv-trial", "status": "COMPLETED", "execution_arn": "arn:aws:states:::x:t-2"})
    trials = (
        Trial(number=1, kind=TrialKind.DEFAULT, run_id=NEW),
        Trial(number=2, kind=TrialKind.SEARCH, execution="t-2"),
    )
    known = (Known(run_id=OLD, values={}, score=0.5),)
    place.tunings.claim(planned().but(tuning_id="tuning-a", status=status, trials=trials, known=known))

    shown = json.loads(run("prune", "--keep-best", "0", "--dry-run", "--json")[1])

    kept = {reason.split()[0] for reason in shown["kept"] if "is used by the tuning tuning-a" in reason}
    assert kept == (set() if status.is_final else {OLD, NEW, "wv-trial"})
    assert {each["run_id"] for each in shown["removed"]} & kept == set()


@pytest.mark.parametrize(
    ("options", "goes"),
    [
        (["--keep-best", "2"], {POOR, AGAIN}),
        (["--older-than", "15d"], {OLD, POOR}),
        (["--older-than", "15d", "--keep-best", "2"], {POOR}),
        (["--keep-best", "0", "--status", "failed"], set()),
        (["--keep-best", "0", "--corpus", "news"], set()),
    ],
)
def test_prune_by_age_and_by_rank(run, several, options, goes):
    """What is promoted counts among the best, and stays whatever is asked for."""
    run("promote", NEW)
    before = listed(run)

    shown = json.loads(run("prune", *options, "--dry-run", "--json")[1])
    assert {each["run_id"] for each in shown["removed"]} == goes
    assert listed(run) == before
    status, _, err = run("prune", *options, "--yes")
    assert status == 0, err
    assert before - listed(run) == goes
    assert run("prune")[0] == 1


@pytest.mark.parametrize(
    ("by", "why"),
    [
        ("SimLex-999", "3 of 999 pairs are too few to rank by; 500 would do"),
        ("own-txet", "there is no score"),
    ],
)
def test_runs_that_cannot_be_ranked_are_not_removed_by_rank(run, several, account, by, why):
    """As `best` refuses to name the best of them: not by a set that tells nothing, nor by one that is misspelt."""
    few = {"spearmans_rho": 0.9, "not_found": 996, "total_pairs": 999}
    trained(account, "wv-blogs-few", VECTORS, mean_rho=0.1, evaluation={"sets": {"SimLex-999": few}})

    shown = json.loads(run("prune", "--keep-best", "1", "--by", by, "--dry-run", "--json")[1])

    assert shown["removed"] == []
    assert f"the runs of blogs can't be ranked by {by} ({why})" in shown["kept"]
    assert (
        len(json.loads(run("prune", "--keep-best", "0", "--by", by, "--dry-run", "--json")[1])["removed"])
        == 5
    )


def test_a_run_that_is_being_removed_is_not_promoted(several, account, run, session, outputs):
    place = Deployment(session, None, outputs)
    assert place.removals.begin(OLD, "me")
    with pytest.raises(PromotedMeanwhile):
        place.promotions.put_change(Promotion(name="a", number=1, at="now", by="me", run=OLD), None)
    assert "`wordvectors rm` completes it" in run("show", OLD)[1]
    assert run("rm", OLD, "--yes")[0] == 0
    assert account.runs.get(OLD) is None


def test_a_removed_runs_name_is_not_given_again(function, account, run, several):
    """SageMaker would take the job of the new run for the old one's."""
    account.put("corpora/again.txt", CORPUS)
    request = {"input": {"bucket": BUCKET, "key": "corpora/again.txt"}, "execution_arn": "first"}
    first = function("plan_run").handler(request, None)["run_id"]
    long_ago = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    account.runs._client.update_item(
        TableName="runs",
        Key={"run_id": {"S": first}},
        UpdateExpression="SET #s = :s, ended_at = :e",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": "STOPPED"}, ":e": {"S": long_ago}},
    )
    assert run("rm", first, "--yes")[0] == 0

    answer = function("plan_run").handler({**request, "execution_arn": "second"}, None)

    assert (answer["outcome"], answer["run_id"]) == ("START", f"{first}-2")
    again = function("plan_run").handler({**request, "execution_arn": "third"}, None)
    assert (again["outcome"], again["run_id"]) == ("DUPLICATE", f"{first}-2")


def test_disk_tells_what_takes_the_room(run, several, account):
    run("neighbours", NEW, "king")

    told = json.loads(run("disk", "--json")[1])

    assert told["bucket"]["runs/"] == {"objects": 4, "bytes": 24, "old_objects": 4, "old_bytes": 20}
    assert [entry["path"].rpartition("/")[2] for entry in told["cache"]] == [NEW]
    assert "runs/" in run("disk")[1]
