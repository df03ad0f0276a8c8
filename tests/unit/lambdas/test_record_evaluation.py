"""RecordEvaluation: the scores as BlazingText wrote them, and plain words where there are none."""

from __future__ import annotations

import io
import json
import tarfile

import numpy as np
import pytest

from tests.unit.conftest import BUCKET, CORPUS_KEY
from tests.unit.evaluation.test_own_text import text, vectors
from tests.unit.lambdas.conftest import RUN_ID, status_of
from wordvectors.blazingtext.eval_json import FILE_NAMES, SETS
from wordvectors.evaluation.own_text import own_text
from wordvectors.gensim_data import gensim_data
from wordvectors.vectors.model_file import open_model
from wordvectors.vectors.readers import read_vectors
from wordvectors.vectors.word_vectors import WordVectors

MODEL_KEY = f"models/{RUN_ID}/output/model.tar.gz"
EVAL_JSON_SETS = tuple(FILE_NAMES.values())
TOTALS = dict(zip(EVAL_JSON_SETS, (353, 252, 203), strict=True))


def evaluation(rhos=(0.7, 0.6, 0.8), not_found=(2, 1, 1)) -> bytes:
    """Return an eval.json."""
    document: dict = {
        name: {"spearmans_rho": rho, "not_found": missing, "total_pairs": TOTALS[name]}
        for name, rho, missing in zip(EVAL_JSON_SETS, rhos, not_found, strict=True)
    }
    document["mean_rho"] = sum(rhos) / 3
    return json.dumps(document, indent=4, sort_keys=True).encode()


def archive(**files: bytes) -> bytes:
    """Return a model.tar.gz; dots in names are written as double underscores."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


VECTORS = b"3 2\nthe 1 2\ncat 3 4\ndog 5 6\n"


@pytest.fixture
def record(function):
    module = function("record_evaluation")
    return lambda: module.handler({"run_id": RUN_ID}, None)


def test_scores_are_recorded_with_their_coverage(account, record, run_in):
    run_in("EVALUATING")
    written = evaluation()
    account.put(MODEL_KEY, archive(vectors__bin=b"x" * 1000, eval__json=written, vectors__txt=VECTORS))

    assert record() == {"run_id": RUN_ID, "outcome": "COMPLETED"}

    run = account.row(RUN_ID)
    assert run["mean_rho"] == pytest.approx(0.7)
    assert run["evaluation"]["sets"]["WS-353"] == {
        "spearmans_rho": 0.7, "not_found": 2, "total_pairs": 353, "coverage": 351 / 353,
    }  # fmt: skip
    assert (run["training"]["vocabulary"], run["training"]["vector_dim"]) == (3, 2)
    assert run["artifacts"]["model"] == f"s3://{BUCKET}/{MODEL_KEY}"
    kept = account.s3.get_object(Bucket=BUCKET, Key=f"runs/{RUN_ID}/eval.json")["Body"].read()
    assert kept == written


def test_the_model_is_that_of_the_runs_last_job(account, record, run_in):
    run_in("EVALUATING", job_number=2)
    key = f"models/{RUN_ID}-j2/output/model.tar.gz"
    account.put(key, archive(eval__json=evaluation(), vectors__txt=VECTORS))

    record()

    artifacts = account.row(RUN_ID)["artifacts"]
    assert artifacts["model"] == f"s3://{BUCKET}/{key}"
    assert artifacts["evaluation"] == f"s3://{BUCKET}/runs/{RUN_ID}/eval.json"


def test_no_pair_found_is_no_score(account, record, run_in):
    run_in("EVALUATING")
    account.put(
        MODEL_KEY, archive(eval__json=evaluation((0.0, 0.0, 0.0), (353, 252, 203)), vectors__txt=VECTORS)
    )

    record()

    run = account.row(RUN_ID)
    assert "mean_rho" not in run
    assert "spearmans_rho" not in run["evaluation"]["sets"]["WS-353"]
    assert "no score" in run["evaluation"]["note"]


def test_evaluation_that_was_off_says_so(account, record, run_in):
    run_in("EVALUATING", {"hyperparameters": {"evaluation": False}})
    account.put(MODEL_KEY, archive(vectors__txt=VECTORS))

    record()

    run = account.row(RUN_ID)
    assert run["evaluation"]["note"] == "evaluation was switched off in the plan"
    assert set(run["evaluation"]["sets"]) == {"SimLex-999", "Google-analogies", "own-text"}
    assert "mean_rho" not in run


@pytest.mark.parametrize(
    ("body", "error", "text"),
    [
        (None, "InvalidModelArchive", "there is no object"),
        (b"no gzip", "InvalidModelArchive", "cut off or broken"),
        (archive(vectors__bin=b"x"), "InvalidModelArchive", "holds no vectors.txt"),
        (archive(vectors__txt=VECTORS), "InvalidModelArchive", "holds no eval.json"),
        (archive(eval__json=b"{}", vectors__txt=VECTORS), "EvalJsonError", "lacks"),
        (archive(eval__json=evaluation(), vectors__txt=b"the 1 2\n"), "InvalidModelArchive", "line 1"),
        (
            archive(eval__json=b"x" * 2_000_000, vectors__txt=VECTORS),
            "InvalidModelArchive",
            "2,000,000 bytes",
        ),
    ],
)
def test_a_broken_model_is_an_error_that_names_the_place(account, record, run_in, body, error, text):
    run_in("EVALUATING")
    if body is not None:
        account.put(MODEL_KEY, body)

    with pytest.raises(Exception, match=text) as raised:
        record()

    assert type(raised.value).__name__ == error


@pytest.mark.parametrize("chosen", [["WS-353"], ["SimLex-999"]])
def test_a_model_with_fewer_words_than_it_announces_is_not_recorded(account, record, run_in, chosen):
    run_in("EVALUATING", {"evaluation": {"sets": chosen}})
    cut_off = b"100000 3\n" + b"".join(b"w%d 1 2 3\n" % n for n in range(50))
    account.put(MODEL_KEY, archive(eval__json=evaluation(), vectors__txt=cut_off))

    with pytest.raises(Exception, match="line 1 announces 100000 words, but 50 lines follow"):
        record()

    assert status_of(account) == "EVALUATING"


def test_a_run_that_was_stopped_meanwhile_stays_stopped(account, record, run_in):
    run_in("STOPPED")
    account.put(MODEL_KEY, archive(eval__json=evaluation(), vectors__txt=VECTORS))

    record()

    assert status_of(account) == "STOPPED"
    assert "mean_rho" not in account.row(RUN_ID)


FAMILY = b"6 2\nman 1 0.1\nking 1 1\nwoman 0.1 1\nqueen 0.2 2\nold -1 0.5\nnew -1 0.6\n"


def test_every_run_is_scored_on_simlex_and_the_analogies(account, record, run_in):
    run_in("EVALUATING")
    account.put(MODEL_KEY, archive(vectors__txt=FAMILY, eval__json=evaluation()))

    record()

    sets = account.row(RUN_ID)["evaluation"]["sets"]
    assert set(sets) == {*SETS, "SimLex-999", "Google-analogies", "own-text"}
    assert sets["SimLex-999"]["total_pairs"] == 999
    assert 0 < sets["SimLex-999"]["coverage"] < 0.01
    assert -1 <= sets["SimLex-999"]["spearmans_rho"] <= 1
    assert sets["Google-analogies"]["total_questions"] == 19544
    assert 0 <= sets["Google-analogies"]["accuracy"] <= 1
    assert account.row(RUN_ID)["mean_rho"] == pytest.approx(0.7)


def test_a_set_of_which_nothing_is_found_says_so(account, record, run_in):
    run_in("EVALUATING")
    account.put(MODEL_KEY, archive(vectors__txt=VECTORS, eval__json=evaluation()))

    assert record()["outcome"] == "COMPLETED"

    sets = account.row(RUN_ID)["evaluation"]["sets"]
    assert "no score" in sets["SimLex-999"]["note"]
    assert "no score" in sets["Google-analogies"]["note"]
    assert "accuracy" not in sets["Google-analogies"]


def test_the_users_own_sets_are_scored_under_their_names(account, record, run_in):
    account.put("evaluation/royal.csv", "word,other,sd,rating\nking,queen,1,9\nking,old,1,2\nman,woman,1,5\n")
    run_in("EVALUATING", {"evaluation": {"sets": ["royal:rating", "gone", "WS-353"]}})
    account.put(MODEL_KEY, archive(vectors__txt=FAMILY, eval__json=evaluation()))

    assert record()["outcome"] == "COMPLETED"

    sets = account.row(RUN_ID)["evaluation"]["sets"]
    assert set(sets) == {*SETS, "royal:rating", "gone", "own-text"}
    assert sets["royal:rating"] == {
        "spearmans_rho": 1.0, "not_found": 0, "total_pairs": 3, "coverage": 1,
    }  # fmt: skip
    assert "known are WS-353, SimLex-999, Google-analogies, own-text, royal" in sets["gone"]["note"]


def test_a_broken_line_of_vectors_that_is_needed_is_named(account, record, run_in):
    run_in("EVALUATING")
    account.put(MODEL_KEY, archive(vectors__txt=b"2 2\nking 1 2\nqueen 1 nan\n", eval__json=evaluation()))

    with pytest.raises(Exception, match=r"vectors\.txt: line 3"):
        record()


def learnt() -> bytes:
    """Return the vectors of a model that has learnt `text()`."""
    rows = [f"{word} {' '.join(map(str, row.tolist()))}\n" for word, row in vectors(learnt=True).items()]
    return "".join([f"{len(rows)} 30\n", *rows]).encode()


def own_corpus(account) -> dict[str, object]:
    """Put `text()` where the run's corpus is, and return what its row says of it."""
    account.put(CORPUS_KEY, text())
    etag = account.s3.head_object(Bucket=BUCKET, Key=CORPUS_KEY)["ETag"].strip('"')
    return {"bucket": BUCKET, "key": CORPUS_KEY, "etag": etag, "bytes": len(text())}


@pytest.mark.parametrize("sets", [["WS-353"], ["SimLex-999", "own-text"]])
def test_every_run_is_asked_about_its_own_text(account, record, run_in, sets):
    run_in("EVALUATING", {"evaluation": {"sets": sets}}, corpus=own_corpus(account))
    account.put(MODEL_KEY, archive(vectors__txt=learnt(), eval__json=evaluation()))

    record()

    found = account.row(RUN_ID)["evaluation"]["sets"]["own-text"]
    assert (found["coverage"], found["not_found"]) == (1, 0)
    assert found["accuracy"] == own_text([text()]).score(vectors(learnt=True)).accuracy > 0.75


def test_a_text_that_was_replaced_since_is_not_asked_about(account, record, run_in):
    run_in("EVALUATING", corpus=own_corpus(account))
    account.put(CORPUS_KEY, b"another text\n")
    account.put(MODEL_KEY, archive(vectors__txt=FAMILY, eval__json=evaluation()))

    assert record()["outcome"] == "COMPLETED"

    found = account.row(RUN_ID)["evaluation"]["sets"]["own-text"]
    assert found == {
        "note": f"no score: s3://{BUCKET}/{CORPUS_KEY} is no longer the text that was trained on"
    }


def test_a_plan_that_names_no_set_asks_nothing(account, record, run_in):
    run_in("EVALUATING", {"evaluation": {"sets": []}}, corpus=own_corpus(account))
    account.put(MODEL_KEY, archive(vectors__txt=FAMILY, eval__json=evaluation()))

    record()

    assert set(account.row(RUN_ID)["evaluation"]["sets"]) == set(SETS)


def test_a_completed_run_is_asked_about_its_text_on_request(account, function, run_in):
    run_in("COMPLETED", corpus=own_corpus(account), evaluation={"sets": {}})
    account.put(MODEL_KEY, archive(vectors__txt=learnt(), eval__json=evaluation()))
    ask = function("record_evaluation").handler

    answer = ask({"run_id": RUN_ID, "sets": ["own-text"]}, None)
    assert answer["faults"] == []
    assert account.row(RUN_ID)["evaluation"]["sets"]["own-text"] == answer["sets"]["own-text"]

    account.put(CORPUS_KEY, b"another text\n")
    (fault,) = ask({"run_id": RUN_ID, "sets": ["own-text"]}, None)["faults"]
    assert "no longer the text" in fault


def russian() -> dict[str, bytes]:
    """The files of a model with subwords that fastText wrote."""
    path = gensim_data("crime-and-punishment.bin")
    words, matrix, *_ = read_vectors(path)
    rows = (f"{word} {' '.join(map(str, row))}\n" for word, row in zip(words, matrix.tolist(), strict=True))
    return {"vectors__bin": path.read_bytes(), "vectors__txt": f"{len(words)} 5\n{''.join(rows)}".encode()}


@pytest.mark.parametrize("sets", [["WS-353"], [], ["SimLex-999"]])
@pytest.mark.parametrize("numbers", ["float32", "int8"])
@pytest.mark.parametrize("first", ["vectors__bin", "vectors__txt"])
def test_where_models_are_served_the_file_is_written_in_the_same_pass(
    account, function, run_in, monkeypatch, tmp_path, first, numbers, sets
):
    monkeypatch.setenv("SERVING", numbers)
    subwords = {"mode": "skipgram", "subwords": True}
    run_in("EVALUATING", {"hyperparameters": subwords, "evaluation": {"sets": sets}})
    files = russian()
    account.put(MODEL_KEY, archive(eval__json=evaluation(), **({first: files[first]} | files)))

    function("record_evaluation").handler({"run_id": RUN_ID}, None)

    key = f"models/{RUN_ID}/serving/model.safetensors"
    assert account.row(RUN_ID)["artifacts"]["served"] == f"s3://{BUCKET}/{key}"
    (tmp_path / "model").write_bytes(account.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    model = WordVectors.open(tmp_path / "model")
    written = read_vectors(gensim_data("crime-and-punishment.bin"))
    assert model.index_to_key == written.words
    np.testing.assert_allclose(model.vectors, written.matrix, atol=1e-6)
    for word in ("преступлениями", "unheard"):
        np.testing.assert_allclose(model[word], written.ngrams.vector(word), atol=1e-6)
    assert ("int8_recall_at_10" in open_model(tmp_path / "model").metadata) is (numbers == "int8")


def test_a_run_from_before_models_were_served_gets_its_file_when_it_is_scored_again(
    account, function, run_in, monkeypatch
):
    monkeypatch.setenv("SERVING", "float32")
    run_in(
        "COMPLETED",
        {"hyperparameters": {"mode": "skipgram", "subwords": True}},
        artifacts={"model": f"s3://{BUCKET}/{MODEL_KEY}"},
    )
    account.put(MODEL_KEY, archive(eval__json=evaluation(), **russian()))
    key = f"models/{RUN_ID}/serving/model.safetensors"
    handler = function("record_evaluation").handler

    assert handler({"run_id": RUN_ID, "sets": ["SimLex-999"]}, None)["faults"] == []

    first = account.s3.head_object(Bucket=BUCKET, Key=key)
    assert account.row(RUN_ID)["artifacts"]["served"] == f"s3://{BUCKET}/{key}"
    account.put(key, b"as it was")
    assert handler({"run_id": RUN_ID, "sets": ["SimLex-999"]}, None)["faults"] == []
    assert account.s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == 9 != first["ContentLength"]


@pytest.mark.parametrize("kept_bytes", [0, 10_000])
def test_a_model_that_cannot_be_served_is_evaluated_all_the_same(
    account, function, run_in, monkeypatch, kept_bytes
):
    monkeypatch.setenv("SERVING", "float32")
    run_in("EVALUATING", {"hyperparameters": {"mode": "skipgram", "subwords": True}})
    files = russian()
    cut_off = files["vectors__bin"][:kept_bytes]
    account.put(
        MODEL_KEY, archive(eval__json=evaluation(), vectors__bin=cut_off, vectors__txt=files["vectors__txt"])
    )

    assert function("record_evaluation").handler({"run_id": RUN_ID}, None)["outcome"] == "COMPLETED"

    assert "served" not in account.row(RUN_ID)["artifacts"]
    assert account.row(RUN_ID)["mean_rho"] == pytest.approx(0.7)


@pytest.mark.parametrize("first", ["vectors__bin", "vectors__txt"])
def test_a_model_with_subwords_is_scored_with_ngrams_beside(account, record, run_in, first):
    files = russian()
    files = {first: files[first]} | files
    account.put("evaluation/own.csv", "закона законами 9\nулица старуха 2\nтопор топором 7\n")
    subwords = {"mode": "skipgram", "subwords": True}
    run_in("EVALUATING", {"hyperparameters": subwords, "evaluation": {"sets": ["own", "WS-353"]}})
    account.put(MODEL_KEY, archive(eval__json=evaluation(), **files))

    record()

    sets = account.row(RUN_ID)["evaluation"]["sets"]
    assert set(sets) == {"own", *SETS, "own-text"}
    assert sets["own"]["not_found"] == sets["own"]["with_ngrams"]["pairs"] == 3
    assert sets["own"]["with_ngrams"]["share"] == 1
    assert -1 <= sets["own"]["with_ngrams"]["spearmans_rho"] <= 1
    assert sets["WS-353"]["spearmans_rho"] == 0.7
    assert "share" in sets["WS-353"]["with_ngrams"]
