"""From documents under raw/ to a corpus that trains; and what people are told when it does not come to that."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import zipfile

import pytest

from local_cloud import processes
from tests.faults.book import Fault, FaultBook, Rule
from tests.permissions import CLEANING, UNUSED, statements
from tests.workflow.cleanings import Cleanings
from tests.workflow.conftest import wait_until
from wordvectors.cleaning.order import PARTS
from wordvectors.cleaning.recipe import METADATA_KEY

STORY = (
    "<p>Dr. Smith&rsquo;s dog BARKED at the cat! The cat wasn't amused&hellip; See https://example.org</p>\n"
    "The dog sat on the mat, and the cat sat on the log. Nobody minded the rain.\n"
)
PLAN = {"hyperparameters": {"epochs": 1, "vector_dim": 20, "min_count": 1}}


@pytest.fixture(scope="module")
def cleanings(pipeline):
    return Cleanings(pipeline)


@pytest.fixture(scope="module")
def cleaned(cleanings):
    """A cleaning of documents in three kinds of files, to its end."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for number in range(30):
            packed.writestr(f"{number}.txt", STORY)
    files = {
        "one.zip": archive.getvalue(),
        "two.jsonl.gz": gzip.compress("\n".join(json.dumps({"body": STORY}) for _ in range(20)).encode()),
    }
    cleanings.pipeline.put("plans/stories.json", PLAN)
    execution = cleanings.started("stories", files, json.dumps({"column": "body"}).encode())
    return cleanings.ended(execution)


def test_documents_become_a_corpus(cleanings, cleaned):
    assert cleaned["status"] == "SUCCEEDED", cleaned.get("cause")
    found = cleanings.pipeline.s3.get_object(Bucket=cleanings.pipeline.bucket, Key="corpora/stories.txt")
    lines = found["Body"].read().decode().splitlines()

    assert len(lines) == 50 * 4
    assert set(lines) == {
        "dr smith's dog barked at the cat",
        "the cat wasn't amused",
        "the dog sat on the mat and the cat sat on the log",
        "nobody minded the rain",
    }
    assert found["Metadata"]["documents"] == "50"
    assert json.loads(found["Metadata"][METADATA_KEY])["version"] == 1


def test_the_corpus_trains(cleanings, cleaned):
    run = cleanings.pipeline.ended_run_of("corpora/stories.txt")

    assert run["status"] == "COMPLETED", run.get("reason")
    assert run["corpus"]["recipe"]["min_tokens"] == 3


def test_people_are_told_what_was_cleaned(cleanings, cleaned):
    told = cleanings.message("stories")

    assert "COMPLETED" in told
    assert "50 documents, 0 of them bad" in told


def test_the_job_leaves_no_parts_and_its_log(cleanings, cleaned):
    s3, bucket = cleanings.pipeline.s3, cleanings.pipeline.bucket
    (run,) = [run for run in cleanings.runs() if "stories" in run["Arguments"]["--cleaning-id"]]
    group = f"{run['Arguments']['--custom-logGroup-prefix']}/output"
    events = cleanings.pipeline.deployment.client("logs").get_log_events(
        logGroupName=group, logStreamName=run["Id"]
    )["events"]

    assert (run["JobRunState"], run["NumberOfWorkers"]) == ("SUCCEEDED", 4)
    assert any("50 documents, 0 bad" in event["message"] for event in events)
    assert s3.list_objects_v2(Bucket=bucket, Prefix="cleaning-parts/").get("KeyCount") == 0


def test_one_marker_starts_one_cleaning_however_many_files_there_are(cleanings, cleaned):
    assert len([run for run in cleanings.runs() if "stories" in run["Arguments"]["--cleaning-id"]]) == 1


@pytest.fixture(scope="module")
def cleaned_again(cleanings, cleaned):
    """A second cleaning of the documents, with one more, to its end."""
    more = {"three.jsonl": json.dumps({"body": "A bird flew over the house at noon."}).encode()}
    return cleanings.ended(cleanings.started("stories", more, json.dumps({"column": "body"}).encode()))


def test_a_cleaning_replaces_what_a_cleaning_of_its_name_has_made(cleanings, cleaned_again):
    assert cleaned_again["status"] == "SUCCEEDED", cleaned_again.get("cause")
    found = cleanings.pipeline.s3.get_object(Bucket=cleanings.pipeline.bucket, Key="corpora/stories.txt")
    assert b"a bird flew over the house at noon\n" in found["Body"].read()


def test_a_cleaning_does_not_replace_what_was_uploaded_as_a_corpus(cleanings):
    cleanings.pipeline.put("plans/theirs.json", PLAN)
    cleanings.pipeline.put("corpora/theirs.txt", b"the cat sat on the mat\n" * 50)

    ended = cleanings.ended(cleanings.started("theirs", {"a.txt": STORY.encode()}))

    assert (ended["status"], ended["error"]) == ("FAILED", "CleaningRejected")
    assert "corpora/theirs.txt was not made by a cleaning of" in ended["cause"]
    found = cleanings.pipeline.s3.get_object(Bucket=cleanings.pipeline.bucket, Key="corpora/theirs.txt")
    assert found["Body"].read().startswith(b"the cat sat on the mat\n")


@pytest.fixture(scope="module")
def faulty(cleanings):
    """A cleaning whose order has faults, to its end."""
    order = {"recipe": {"language": "zh", "lowr": True}, "workers": 1000, "colour": 1}
    return cleanings.ended(cleanings.started("faulty", {"a.txt": b"text"}, json.dumps(order).encode()))


def test_an_order_with_faults_is_rejected_naming_all(cleanings, faulty):
    assert (faulty["status"], faulty["error"]) == ("FAILED", "CleaningRejected")
    told = cleanings.message("faulty")
    assert "REJECTED" in told
    for fault in ("lowr is no setting", "colour is not a key"):
        assert fault in told
    assert not [run for run in cleanings.runs() if "faulty" in run["Arguments"]["--cleaning-id"]]


@pytest.fixture(scope="module")
def unreadable(cleanings):
    """A cleaning of documents of which half are broken, to its end."""
    return cleanings.ended(
        cleanings.started("unreadable", {"a.jsonl": b'{"text": "fine so far"}\n{"oops\n' * 10})
    )


def test_documents_that_cannot_be_read_fail_it_and_are_named(cleanings, unreadable):
    assert (unreadable["status"], unreadable["error"]) == ("FAILED", "CleaningFailed")
    told = cleanings.message("unreadable")
    assert "10 of 20 documents (50.0%) are bad" in told
    assert "a.jsonl, byte 24: no JSON" in told
    with pytest.raises(cleanings.pipeline.s3.exceptions.NoSuchKey):
        cleanings.pipeline.s3.get_object(Bucket=cleanings.pipeline.bucket, Key="corpora/unreadable.txt")


def test_a_killed_job_ends_with_a_message(cleanings):
    execution = cleanings.started("killed", {"a.txt": STORY.encode() * 400_000})
    found = kill_when_it_runs(cleanings, "killed")
    ended = cleanings.ended(execution)

    assert found
    assert ended["error"] == "CleaningFailed"
    assert "killed by SIGKILL" in cleanings.message("killed")


@pytest.fixture(scope="module")
def repeated(cleanings):
    """A cleaning whose first step was killed when it had written the order, and so was taken again."""
    book = FaultBook(cleanings.pipeline.home)
    killed = Rule("killed once", "repeated", "plan_cleaning", "s3:PutObject", Fault.KILLED, last=1)
    book.add(killed)
    try:
        ended = cleanings.ended(cleanings.started("repeated", {"a.txt": STORY.encode()}))
    finally:
        book.remove(killed)
    assert [request for request in book.requests() if request["fault"] == Fault.KILLED], ended
    return ended


def test_a_first_step_that_was_killed_is_taken_again(cleanings, repeated):
    assert repeated["status"] == "SUCCEEDED", repeated.get("cause")
    assert len([run for run in cleanings.runs() if "repeated" in run["Arguments"]["--cleaning-id"]]) == 1


@pytest.fixture(scope="module")
def halted(cleanings):
    """A cleaning that was stopped while its job ran, and whose job Step Functions stopped; the message about it."""
    return stopped_while_it_runs(cleanings, "halted")


@pytest.fixture(scope="module")
def orphaned(cleanings):
    """The same of a cleaning whose job Step Functions could not stop, so that CloseCleaning had to."""
    book = FaultBook(cleanings.pipeline.home)
    refused = Rule("refused", "", "state machine", "glue:BatchStopJobRun", Fault.DENIED, last=None)
    book.add(refused)
    try:
        return stopped_while_it_runs(cleanings, "orphaned")
    finally:
        book.remove(refused)


def test_a_stopped_execution_stops_its_job_and_tells(cleanings, halted, orphaned):
    for name, told in (("halted", halted), ("orphaned", orphaned)):
        assert "STOPPED" in told
        assert "changed my mind" in told
        wait_until(
            lambda name=name: run_of(cleanings, name, "STOPPED") is not None, lambda: "the job to stop"
        )


def test_each_role_holds_just_what_the_paths_used(
    cleanings, cleaned_again, faulty, unreadable, repeated, halted, orphaned
):
    asked = list(FaultBook(cleanings.pipeline.home).access())
    held = list(statements(cleanings.pipeline.deployment.client("iam"), CLEANING))

    used = [question for question in asked if question["allowed"]]
    idle = [
        statement
        for statement in held
        if not statement.is_used(used)
        and not statement.is_excused()
        and not statement.resource.endswith(
            f"/{PARTS}*"
        )  # Spark's workers alone write parts: see tests/spark
    ]

    assert len(held) > 20
    assert [str(statement) for statement in idle] == []
    assert {statement.excuse() for statement in held} - {None} == set(UNUSED[CLEANING])
    names = {statement.role for statement in held}
    assert [
        question for question in asked if question["principal"] in names and not question["allowed"]
    ] == []


def run_of(cleanings: Cleanings, name: str, state: str) -> dict | None:
    """Return the run of a cleaning if it is in a state."""
    found = [run for run in cleanings.runs() if name in run["Arguments"]["--cleaning-id"]]
    return next((run for run in found if run["JobRunState"] == state), None)


def stopped_while_it_runs(cleanings: Cleanings, name: str) -> str:
    """Start a cleaning whose job gets no answer about its documents, stop it when that runs; return its message."""
    book = FaultBook(cleanings.pipeline.home)
    held = Rule(f"{name}-held", name, "client", "s3:GetObject", Fault.SILENT, last=None)
    book.add(held)
    try:
        execution = cleanings.started(name, {"a.txt": STORY.encode()})
        wait_until(lambda: run_of(cleanings, name, "RUNNING") is not None, lambda: "the job to run")
        cleanings.states.stop_execution(executionArn=execution, cause="changed my mind")
        return cleanings.message(name)
    finally:
        book.remove(held)


def kill_when_it_runs(cleanings: Cleanings, name: str) -> bool:
    """Kill the process of a cleaning as soon as there is one."""
    found: list[dict] = []

    def is_there() -> bool:
        run = run_of(cleanings, name, "RUNNING")
        if run is not None:
            path = cleanings.pipeline.home / "local" / "glue" / run["Id"] / "process.json"
            found[:] = [json.loads(path.read_text())]
        return bool(found)

    wait_until(is_there, lambda: f"the process of {name}")
    if not processes.is_running(found[0]["pid"], found[0]["started"]):
        return False
    os.kill(found[0]["pid"], signal.SIGKILL)
    return True
