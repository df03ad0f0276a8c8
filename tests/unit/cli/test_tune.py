"""A search is ordered, shown, and read from its row; what is wrong with it is said before anything is sent."""

from __future__ import annotations

import html
import io
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console

from tests.unit.conftest import BUCKET, CORPUS, TABLE
from tests.unit.tuning.tunings import planned, play
from wordvectors.aws.tuning_table import TuningTable
from wordvectors.cli.tuning_tables import live, show_tuning
from wordvectors.client import tuning as tunings
from wordvectors.evaluation.certainty import Basis, Interval, basis_of_rho
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.judging import conclude
from wordvectors.tuning.tuning import Trial, TuningStatus


@pytest.fixture(scope="module")
def judged():
    """A tuning with a verdict, whose best window is at the end of its range."""

    def wide(trial: Trial) -> dict:
        score = 0.4 + float(trial.values["window_size"]) / 100 + (trial.seed or 1) / 5000
        return {"score": score, "found": 300, "total": 353, "seconds": 60, "cost": 0.1}

    space = {"window_size": {"low": 2, "high": 9}}
    tuning = play(planned(space=space, trials=8, repeats=2, objective={"mean_rho": 2, "SimLex-999": 1}), wide)
    return tuning.but(
        status=TuningStatus.COMPLETED, execution_arn="x", name="blogs", verdict=conclude(tuning, {})
    )


@pytest.fixture
def stored(account, judged):
    TuningTable(boto3.client("dynamodb"), TABLE).claim(judged)
    return judged


def test_a_tuning_is_listed_and_shown_with_its_verdict_first(run, stored):
    status, out, _ = run("tunings")
    assert status == 0
    assert out.splitlines()[1].startswith(f"{stored.tuning_id}  COMPLETED")

    status, out, _ = run("show", stored.tuning_id[:-3])
    assert status == 0
    assert out.splitlines()[2].partition("  ")[2].strip() == stored.verdict.sentence
    assert "window_size=9" in out
    assert "mean_rho × 2, SimLex-999 × 1" in out
    assert "the best window_size is 9, at the end of its range" in out
    assert "the plan without changes" in out

    assert json.loads(run("show", stored.tuning_id, "--json")[1])["verdict"]["best"] == stored.verdict.best
    assert [found["tuning_id"] for found in json.loads(run("tunings", "--json")[1])] == [stored.tuning_id]
    assert json.loads(run("watch", stored.tuning_id, "--json")[1])["status"] == "COMPLETED"


def test_the_wider_order_is_written_ready_to_run(run, stored, tmp_path: Path):
    file = tmp_path / "wider.json"
    assert run("show", stored.tuning_id, "--wider", str(file))[0] == 0
    order = json.loads(file.read_text())
    assert (order["space"], order["from_runs"]) == (
        {"window_size": {"low": 2, "high": 12, "log": False}}, True,
    )  # fmt: skip
    file.write_text("mine")
    status, _, err = run("show", stored.tuning_id, "--wider", str(file))
    assert (status, "is there already" in " ".join(err.split()), file.read_text()) == (1, True, "mine")


def test_a_tunings_page_is_opened_as_it_stands_now(run, stored, monkeypatch, tmp_path: Path):
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda uri: opened.append(uri) or True)

    status, out, _ = run("open", stored.tuning_id[:-3])

    file = tmp_path / "home" / "cache" / f"{stored.tuning_id}.html"
    assert (status, out.strip(), opened) == (0, str(file), [file.as_uri()])
    assert stored.verdict.sentence in html.unescape(file.read_text())
    assert "There is no tuning tuning-x" in run("open", "tuning-x")[2]


def test_best_takes_a_tuning(run, stored, account):
    account.claim({"run_id": stored.verdict.run_id, "status": "COMPLETED", "corpus_key": "corpora/blogs.txt"})
    assert run("best", "--tuning", stored.tuning_id)[1].strip() == stored.verdict.run_id
    status, _, err = run("neighbours", "tuning-gone", "cat")
    assert (status, "There is no tuning tuning-gone" in err) == (1, True)
    assert stored.verdict.run_id in run("neighbours", stored.tuning_id, "cat")[2]  # whose model is not there
    status, _, err = run("best")
    assert (status, "--corpus, or a tuning" in err) == (2, True)


def test_a_tuning_that_is_not_there(run):
    for command in ("show", "stop", "watch"):
        status, _, err = run(command, "tuning-gone")
        assert (status, "There is no tuning tuning-gone" in err) == (1, True)


def test_stopping_prints_json(run, stored):
    status, out, _ = run("stop", stored.tuning_id, "--json")
    assert status == 0
    assert json.loads(out) == {"tuning_id": stored.tuning_id, "stopped": "nothing", "status": stored.status}


def test_all_faults_are_told_and_nothing_is_sent(run, account, tmp_path: Path):
    corpus, order = tmp_path / "my.txt", tmp_path / "order.json"
    corpus.write_bytes(CORPUS)
    order.write_text('{"space": {"window_size": {"low": 0, "high": 5}}}')
    status, _, err = run("tune", str(corpus), "--order", str(order), "--trials", "99", "--max-cost", "0.01")
    assert status == 1
    assert "hyperparameters.window_size is 0" in err
    assert "are 111 trainings; this deployment starts at most 100 a day" in " ".join(err.split())
    assert "one training may cost $4.90, more than the ceiling" in " ".join(err.split())
    assert account.s3.list_objects_v2(Bucket=BUCKET, Prefix="corpora/")["KeyCount"] == 0
    order.write_text(
        '{"space": {"windw_size": {"low": 1, "high": 5}}, "plan": {"hyperparameters": {"vector_dim": 0}}}'
    )
    for more in ([], ["--trials", "1"]):  # of a plan that can't be read, and of an order that can't be
        _, _, err = run("tune", str(corpus), "--order", str(order), *more)
        assert "space.windw_size can't be searched (did you mean window_size?)" in err
    status, _, err = run("tune", str(corpus), "--order", "no-order.json", "--plan", "no-plan.json")
    assert status == 1
    assert "the order can't be read: no-order" in err
    assert "the plan can't be read: no-plan" in err
    status, _, err = run("tune", "nowhere")
    assert (status, "there is no object" in err) == (1, True)
    for path, fault in (
        (tmp_path / "gone.txt", "gone.txt: no such file"),
        (tmp_path, "it is a folder; name one"),
    ):
        status, _, err = run("tune", str(path))
        assert (status, fault in " ".join(err.split())) == (1, True)


def test_no_option_hides_the_faults_of_others(run, account, tmp_path: Path):
    corpus = tmp_path / "my.txt"
    corpus.write_bytes(CORPUS)

    status, _, err = run(
        "tune", str(corpus), "--engine", "gensim", "--objective", "WS-353=x", "--trials", "0"
    )

    assert status == 1
    assert "engine is 'gensim'; it should be 'blazingtext' or 'wordvectors'" in err
    assert "objective.WS-353" in err
    assert "trials is 0" in err


def test_an_order_is_sent_after_its_corpus_and_options_win(run, account, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("wordvectors.cli.follow.PATIENCE_SECONDS", 0)  # nobody listens to this bucket
    corpus, order = tmp_path / "my.txt", tmp_path / "order.json"
    corpus.write_bytes(CORPUS)
    order.write_text('{"trials": 5, "patience": 3}')
    options = (
        "--order",
        str(order),
        "--trials",
        "4",
        "--objective",
        "SimLex-999=2",
        "--engine",
        "wordvectors",
    )
    status, _, err = run("tune", str(corpus), *options)
    assert (status, "started no tuning" in err) == (1, True)
    assert "4 trials and 12 repeats, 2 at a time" in err
    sent = json.loads(account.s3.get_object(Bucket=BUCKET, Key="tunings/my.json")["Body"].read())
    assert sent == {
        "trials": 4, "patience": 3, "corpus": "my", "objective": {"SimLex-999": 2.0}, "engine": "wordvectors",
    }  # fmt: skip
    fixed = account.s3.get_object(Bucket=BUCKET, Key="corpora/my.txt")["Metadata"]["training-plan"]
    assert (
        json.loads(account.s3.get_object(Bucket=BUCKET, Key=fixed)["Body"].read())["engine"] == "wordvectors"
    )


@pytest.mark.parametrize("named", ["my", "corpora/my.txt"])
def test_an_order_alone_is_for_the_corpus_that_it_names(
    run, account, tmp_path: Path, monkeypatch, named: str
):
    monkeypatch.setattr("wordvectors.cli.follow.PATIENCE_SECONDS", 0)  # nobody listens to this bucket
    account.put("corpora/my.txt", CORPUS)
    order = tmp_path / "wider.json"
    order.write_text(json.dumps({"corpus": named, "trials": 4}))
    assert "started no tuning" in run("tune", "--order", str(order))[2]
    sent = json.loads(account.s3.get_object(Bucket=BUCKET, Key="tunings/my.json")["Body"].read())
    assert sent == {"corpus": "my", "trials": 4}

    order.write_text('{"trials": 4}')
    status, _, err = run("tune", "--order", str(order))
    assert (status, "name a corpus" in err) == (2, True)


@pytest.mark.parametrize("corpus", [[], ["my"]])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"corpus": "my",}', "the order is not JSON: "),
        ('["my"]', "the order is a list; it must be a JSON object"),
        ('{"corpus": "my", "trials": 4, "trials": 90}', "the order names trials more than once"),
    ],
)
def test_an_order_that_can_not_be_read_says_why(
    run, account, tmp_path: Path, corpus: list, text: str, said: str
):
    account.put("corpora/my.txt", CORPUS)
    order, plan = tmp_path / "order.json", tmp_path / "plan.json"
    order.write_text(text)
    plan.write_text("{")
    status, _, err = run("tune", *corpus, "--order", str(order), "--plan", str(plan), "--trials", "4")
    assert (status, said in err, "the plan is not JSON" in err) == (1, True, True)


@pytest.mark.parametrize("other", ['{"corpus": "my", "trials": 9}', None])
def test_an_order_that_is_replaced_before_it_starts_anything_is_not_waited_for(
    run, account, tmp_path: Path, monkeypatch, other: str | None
):
    monkeypatch.setattr("wordvectors.cli.follow.PATIENCE_SECONDS", 5)
    account.put("corpora/my.txt", CORPUS)
    send = tunings.send_order

    def sent(*given: Any) -> None:
        send(*given)
        account.s3.delete_object(Bucket=BUCKET, Key="tunings/my.json")
        if other:
            account.put("tunings/my.json", other)

    monkeypatch.setattr(tunings, "send_order", sent)
    status, _, err = run("tune", "my", "--trials", "4")
    assert (status, "The order was replaced before it started a tuning" in err) == (1, True)
    assert "Run the same command again" in err


@pytest.mark.parametrize(
    ("found", "goes_on"),
    [(12, False), (300, True)],
)
def test_the_same_command_goes_on_only_where_that_comes_to_something(
    run, account, monkeypatch, found: int, goes_on: bool
):
    account.put("corpora/my.txt", CORPUS)
    tuning = planned()
    first = tuning.trials[0].but(status=RunStatus.COMPLETED, basis=basis_of_rho(0.5, found, 353))
    failed = tuning.but(trials=(first,), status=TuningStatus.FAILED, reason="why")
    monkeypatch.setattr("wordvectors.cli.tune._begin", lambda *_: failed)
    status, _, err = run("tune", "my", "--trials", "4")
    assert (status, "goes on from what was trained" in err) == (1, goes_on)


def test_the_schema_is_printed(run):
    assert json.loads(run("tune", "--schema")[1])["title"] == "wordvectors tuning"


def test_a_finalists_mean_has_what_it_rests_on_beside_it(judged, capsys):
    basis = Basis(300, 353, Interval(0.41, 0.59))
    trials = tuple(trial.model_copy(update={"basis": basis}) for trial in judged.trials)
    show_tuning(judged.but(trials=trials))
    finalists = capsys.readouterr().out.partition("FINALIST")[2]
    assert "Each score rests on as much as the mean beside it" in finalists
    assert judged.verdict.standings
    for one in judged.verdict.standings:
        assert f"{one.mean:.4f} [0.41, 0.59] 85%" in finalists


@pytest.mark.parametrize("width", [60, 80, 120])
def test_what_is_shown_live_breaks_no_word(judged, width):
    console = Console(width=width, file=io.StringIO())
    console.print(live(judged.but(status=TuningStatus.SEARCHING), width))
    shown = console.file.getvalue()
    assert "SEARCHING: " in shown
    for word in ("COMPLETED", "search", "again", f"{judged.best.score:.4f}", "window_size=9"):
        assert word in shown
