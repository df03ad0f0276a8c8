"""RenderReport: the page beside the plan, its URI on the row, and a run that nothing here can hurt."""

from __future__ import annotations

import json
import re
import sys

import pytest
from botocore.exceptions import ClientError

from tests.unit.conftest import BUCKET, CORPUS, CORPUS_KEY, TABLE
from tests.unit.lambdas.conftest import RUN_ID, before_read, status_of
from tests.unit.lambdas.test_record_evaluation import MODEL_KEY, archive
from wordvectors.aws.run_scores import RunScores
from wordvectors.lifecycle.run import Changes, SetScore
from wordvectors.lifecycle.status import RunStatus

VECTORS = b"4 2\nthe 1 2\ncat 3 4\ndog 5 7\n<b> 0 1\n"
REPORT_KEY = f"runs/{RUN_ID}/report.html"


@pytest.fixture
def render(function):
    module = function("render_report")
    return lambda: module.handler({"run_id": RUN_ID}, None)


@pytest.fixture
def evaluated(account, run_in):
    """A run whose evaluation is recorded, its corpus and its model in the bucket."""
    etag = account.put(CORPUS_KEY, CORPUS)
    corpus = {"bucket": BUCKET, "key": CORPUS_KEY, "name": "blogs", "etag": etag, "bytes": len(CORPUS)}
    run_in("EVALUATING", artifacts={"model": "m"}, corpus=corpus)
    account.put(MODEL_KEY, archive(vectors__bin=b"x" * 1000, vectors__txt=VECTORS))
    account.write_log(
        RUN_ID, [f"Alpha: 0.05  Progress: {n}.00%  Million Words/sec: 1.00" for n in (1, 50, 100)]
    )
    return etag


def page_of(account) -> str:
    stored = account.s3.get_object(Bucket=BUCKET, Key=REPORT_KEY)
    assert stored["ContentType"] == "text/html; charset=utf-8"
    return stored["Body"].read().decode()


def test_the_report_is_written_and_named_on_the_row(account, render, evaluated):
    assert render() == {"run_id": RUN_ID, "outcome": "COMPLETED"}

    run = account.row(RUN_ID)
    assert run["artifacts"] == {"model": "m", "report": f"s3://{BUCKET}/{REPORT_KEY}"}
    assert run["status"] == "EVALUATING"
    counted = run["corpus"]["counted"]
    assert (counted["lines"], counted["tokens"], counted["counted_bytes"]) == (80, 480, len(CORPUS))
    assert {"min_count": 100, "words": 1, "cut_share": 0.6667} in counted["vocabulary"]
    page = page_of(account)
    mapped = json.loads(re.search(r'id="map-data">(.*?)</script>', page)[1])
    assert mapped["words"] == ["the", "cat", "dog", "<b>"]
    assert "<b>" not in page
    assert "<dt>Lines</dt><dd>80</dd>" in page
    assert "<dt>Tokens</dt><dd>480</dd>" in page
    assert "The learning rate goes from 0.05 to 0.05 in" in page


def test_the_report_is_on_the_runs_last_job(account, render, run_in):
    run_in("EVALUATING", job_number=2)
    account.put(MODEL_KEY.replace(RUN_ID, f"{RUN_ID}-j2"), archive(vectors__txt=VECTORS))
    account.write_log(f"{RUN_ID}-j2", ["Alpha: 0.05  Progress: 50.00%  Million Words/sec: 1.00"] * 2)

    render()

    assert "The learning rate goes from 0.05 to 0.05 in" in page_of(account)


def test_the_same_model_gives_the_same_page(account, render, evaluated):
    render()
    first = page_of(account)
    render()

    assert page_of(account) == first


def test_other_runs_of_the_corpus_stand_beside_it(account, render, evaluated):
    def claim(name, key, rho, status="COMPLETED"):
        sets = {"WS-353": {"spearmans_rho": rho, "not_found": 0, "total_pairs": 353, "coverage": 1}}
        account.claim({
            "run_id": name, "corpus_key": key, "status": status, "mean_rho": rho,
            "created_at": "2020-01-01T00:00:00.000+00:00", "evaluation": {"sets": sets},
        })  # fmt: skip

    score = {"spearmans_rho": 0.5, "not_found": 3, "total_pairs": 353, "coverage": 350 / 353}
    account.runs.advance(
        RUN_ID, RunStatus.EVALUATING, Changes(mean_rho=0.5, evaluation={"sets": {"WS-353": score}})
    )
    claim("good", CORPUS_KEY, 0.6)
    claim("of-another-corpus", "corpora/other.txt", 0.9)
    claim("failed", CORPUS_KEY, 0.8, "FAILED")

    render()

    page = page_of(account)
    assert "<code>good</code>" in page
    assert "of-another-corpus" not in page
    assert "<code>failed</code>" not in page


def completed_with_a_further_score(account) -> None:
    account.runs.advance(RUN_ID, RunStatus.COMPLETED)
    scored = account.runs.require(RUN_ID)
    assert RunScores(account.runs._client, TABLE).add(
        scored, {"royal": SetScore(note="no score: three pairs")}
    )


def test_a_completed_run_that_was_scored_again_has_its_report_written_anew(account, render, evaluated):
    account.runs.advance(
        RUN_ID, RunStatus.EVALUATING, Changes(evaluation={"sets": {"old": {"note": "none"}}})
    )
    render()
    assert "royal" not in page_of(account)
    completed_with_a_further_score(account)
    row = account.row(RUN_ID)

    assert render() == {"run_id": RUN_ID, "outcome": "COMPLETED"}

    assert "royal" in page_of(account)
    assert "<dt>Lines</dt><dd>80</dd>" in page_of(account)
    assert account.row(RUN_ID) == row


def test_a_report_that_could_only_tell_less_is_kept(account, render, evaluated):
    account.runs.advance(
        RUN_ID, RunStatus.EVALUATING, Changes(evaluation={"sets": {"old": {"note": "none"}}})
    )
    render()
    first = page_of(account)
    completed_with_a_further_score(account)
    account.s3.delete_object(Bucket=BUCKET, Key=CORPUS_KEY)

    assert "still tells of both" in render()["kept"]

    assert page_of(account) == first


@pytest.mark.parametrize("read", [1, 2], ids=["before", "meanwhile"])
def test_a_corpus_that_was_replaced_is_not_counted(account, render, evaluated, read):
    """The model is what is read first."""
    before_read(
        sys.modules["lambdas.render_report"], read, lambda: account.put(CORPUS_KEY, b"something else\n")
    )

    render()

    assert "the corpus was replaced since" in page_of(account)
    assert "counted" not in account.row(RUN_ID)["corpus"]


def test_a_run_that_was_stopped_meanwhile_stays_as_it_was(account, render, run_in, evaluated):
    account.runs.advance(RUN_ID, RunStatus.STOPPED, Changes(reason="somebody"))

    assert render()["outcome"] == "COMPLETED"

    assert status_of(account) == "STOPPED"
    assert "report" not in account.row(RUN_ID)["artifacts"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"no gzip", "InvalidModelArchive"),
        (archive(vectors__bin=b"x"), "InvalidModelArchive"),
        (archive(vectors__txt=b"2 2\nthe 1 2\n"), "InvalidModelArchive"),
        (archive(vectors__txt=b"2 2\nthe 1 x\ncat 1 2\n"), "InvalidModelArchive"),
    ],
)
def test_a_broken_model_is_an_error_and_leaves_the_row_alone(account, render, evaluated, body, error):
    account.put(MODEL_KEY, body)
    before = account.row(RUN_ID)

    with pytest.raises(Exception, match=r"\w") as raised:
        render()

    assert type(raised.value).__name__ == error
    assert account.row(RUN_ID) == before
    with pytest.raises(ClientError):
        page_of(account)
