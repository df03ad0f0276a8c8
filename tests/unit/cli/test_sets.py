"""Own evaluation sets: refused with all their faults before they are sent, and scored without training."""

from __future__ import annotations

import io
import json

import pytest

from tests.unit.conftest import BUCKET, CORPUS, CORPUS_KEY, trained
from wordvectors.client import functions

RUN_ID = "wv-blogs-0123456789ab"
VECTORS = "4 2\ncat 1 0\ndog 0.9 0.1\nmat 0 1\nlog 0.1 1\n"
PAIRS = "word1,word2,score\ncat,dog,9\ncat,mat,3\ndog,log,2\n"


@pytest.fixture
def animals(tmp_path):
    file = tmp_path / "animals.csv"
    file.write_text(PAIRS)
    return file


@pytest.fixture
def deployed(monkeypatch, function, outputs):
    """The function, called where Lambda would be."""
    modules = {"record": "record_evaluation", "render": "render_report"}
    outputs |= {"RecordEvaluationFunctionName": "record", "RenderReportFunctionName": "render"}

    class Client:
        def invoke(self, FunctionName, Payload):  # noqa: N803
            handler = function(modules[FunctionName]).handler
            try:
                return {"Payload": io.BytesIO(json.dumps(handler(json.loads(Payload), None)).encode())}
            except Exception as error:
                said = {"errorMessage": str(error), "errorType": type(error).__name__}
                return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(said).encode())}

    def client(self, service, *, waits=False):
        return Client() if service == "lambda" else ordinary(self, service)

    ordinary = functions.Deployment.client
    monkeypatch.setattr(functions.Deployment, "client", client)


def test_the_way_of_a_set(run, account, animals, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert run("sets", "add", str(animals))[1] == (
        f"Added s3://{BUCKET}/evaluation/animals.csv, pairs: 3. Plans and `evaluate --set` name the set animals.\n"
    )
    assert "animals" in run("sets", "list")[1]
    assert [each["name"] for each in json.loads(run("sets", "list", "--json")[1])][-1] == "animals"
    assert "3, of 4 words" in run("sets", "show", "animals")[1]
    assert json.loads(run("sets", "show", "animals", "--json")[1])["pairs"][0] == ["cat", "dog", 9]

    assert "--replace" in run("sets", "add", str(animals))[2]
    tabbed = animals.with_suffix(".tsv")
    tabbed.write_text("cat\tdog\t1\n")
    assert run("sets", "add", str(tabbed), "--replace")[0] == 0
    assert "1, of 2 words" in run("sets", "show", "animals")[1]

    for name, fault in {"animlas": "there is no s3://", "SimLex-999": "is not a set of your own"}.items():
        status, _, err = run("sets", "remove", name)
        assert (status, "Remove the set" in err, fault in " ".join(err.split())) == (1, False, True)
    status, _, err = run("sets", "remove", "animals")
    assert (status, "Remove the set animals?" in err, "--yes removes without" in err) == (1, True, True)
    assert run("sets", "remove", "animals", "--yes")[0] == 0
    assert "there is no set 'animals'" in run("sets", "show", "animals")[2]
    assert run("sets", "remove", "animals", "--yes")[0] == 1


def test_all_faults_of_a_set_are_told_before_it_is_sent(run, account, tmp_path):
    bad = tmp_path / "two words.xlsx"
    bad.write_text("word1,word2,score\n" + "".join(f"cat,dog,none{n}\n" for n in range(30)) + "cat,dog,1\n")

    status, _, err = run("sets", "add", str(bad), "--name", "two words")

    said = " ".join(err.split())
    assert status == 1
    assert "'two words' can't be a set's name; it is 1 to 64 letters" in said
    assert "two words.xlsx ends in none of .csv, .tsv, .txt" in said
    assert all(f"line {n + 2}: " in said for n in range(30))
    good = tmp_path / "good.csv"
    good.write_text(PAIRS)
    assert "of a set that is there already" in " ".join(
        run("sets", "add", str(good), "--name", "SimLex-999")[2].split()
    )
    for name in ("mean_rho", "Cost", "time"):
        assert "which is no set" in " ".join(run("sets", "add", str(good), "--name", name)[2].split())
    assert "Contents" not in account.s3.list_objects_v2(Bucket=BUCKET, Prefix="evaluation/")
    assert "SimLex-999 is not a set of your own" in run("sets", "remove", "SimLex-999", "--yes")[2]


def test_a_model_is_scored_without_training(run, account, animals, deployed):
    trained(account, RUN_ID, VECTORS, mean_rho=0.5, evaluation={"sets": {"old": {"note": "no score"}}})
    run("sets", "add", str(animals))

    status, out, err = run("evaluate", RUN_ID, "--set", "animals", "--set", "SimLex-999")

    assert status == 0, err
    assert "animals" in out
    row = account.row(RUN_ID)
    assert (row["status"], row["mean_rho"]) == ("COMPLETED", 0.5)
    scored = row["evaluation"]["sets"]
    assert (scored["animals"]["total_pairs"], scored["animals"]["coverage"]) == (3, 1.0)
    assert set(scored) == {"old", "animals", "SimLex-999"}
    assert json.loads(run("runs", "--by", "animals", "--json")[1])[0]["run_id"] == RUN_ID


def test_the_report_is_written_anew_or_why_not_is_said(run, account, deployed, outputs):
    etag = account.put(CORPUS_KEY, CORPUS)
    corpus = {"bucket": BUCKET, "key": CORPUS_KEY, "name": "blogs", "bytes": len(CORPUS), "etag": etag}
    trained(account, RUN_ID, VECTORS, artifacts={"report": "s3://it"}, corpus=corpus)
    account.write_log(RUN_ID, ["Alpha: 0.05  Progress: 50.00%  Million Words/sec: 1.00"] * 2)

    status, _, err = run("evaluate", RUN_ID, "--set", "SimLex-999")

    assert (status, "stays as it was" in err) == (0, False), err
    page = account.s3.get_object(Bucket=BUCKET, Key=f"runs/{RUN_ID}/report.html")["Body"].read().decode()
    assert "SimLex-999" in page
    account.s3.delete_object(Bucket=BUCKET, Key=CORPUS_KEY)
    assert "the report stays as it was: the corpus" in run("evaluate", RUN_ID)[2]
    del outputs["RenderReportFunctionName"]
    assert "the report stays as it was: this deployment" in run("evaluate", RUN_ID)[2]


def test_a_row_of_an_earlier_version_is_scored_too(run, account, deployed):
    trained(account, RUN_ID, VECTORS)
    assert "evaluation" not in account.row(RUN_ID)

    assert run("evaluate", RUN_ID)[0] == 0

    assert set(account.row(RUN_ID)["evaluation"]["sets"]) == {"SimLex-999", "Google-analogies"}


def test_what_can_not_be_scored_changes_nothing(run, account, deployed):
    trained(account, RUN_ID, VECTORS)
    before = account.row(RUN_ID)
    for options, fault in {
        ("--set", "beasts"): "there is no set 'beasts'",
        ("--set", "WS-353"): "is scored by the training itself",
        ("--set", "no/path"): "names 'no/path'",
    }.items():
        status, _, err = run("evaluate", RUN_ID, *options)
        assert (status, fault in " ".join(err.split())) == (1, True), err
    account.s3.delete_object(Bucket=BUCKET, Key=f"models/{RUN_ID}/output/model.tar.gz")
    status, _, err = run("evaluate", RUN_ID)
    assert status == 1
    assert "RecordEvaluation failed" in err
    assert account.row(RUN_ID) == before
