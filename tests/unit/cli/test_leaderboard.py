"""Runs filtered and put in order, and the best of a corpus by its id."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.client import BaseClient

from wordvectors.lifecycle.plan import resolve_plan

PRICE = {"price_per_hour": 0.2, "currency": "USD", "price_date": "2026-11-23", "most": 1.0}
DAYS_AGO = {"wv-old": 30, "wv-cheap": 3, "wv-best": 2, "wv-other": 1, "wv-failed": 0}


@pytest.fixture
def write(account):
    """Write a run's row."""

    def write_run(
        run_id,
        *,
        corpus="blogs",
        status="COMPLETED",
        mode="batch_skipgram",
        rho=None,
        simlex=None,
        cost=None,
        not_found=0,
        own_text=None,
        etag=None,
    ):
        created = datetime.now(UTC) - timedelta(days=DAYS_AGO.get(run_id, 0), minutes=1)
        sets = (
            {"SimLex-999": {"spearmans_rho": simlex, "not_found": not_found, "total_pairs": 999}}
            if simlex
            else {}
        )
        if own_text is not None:
            sets["own-text"] = {"accuracy": own_text, "found": 1000, "total_questions": 1000}
        account.claim({
            "run_id": run_id, "status": status, "execution_arn": "x", "corpus_key": f"corpora/{corpus}.txt",
            "corpus": {"name": corpus, "key": f"corpora/{corpus}.txt", "etag": etag},
            "plan": resolve_plan({"hyperparameters": {"mode": mode}}).model_dump(mode="json"),
            "created_at": created.isoformat(timespec="milliseconds"),
            **({"mean_rho": rho} if rho is not None else {}),
            **({"cost": {**PRICE, "actual": cost}} if cost is not None else {}),
            **({"evaluation": {"sets": sets}} if sets else {}),
        })  # fmt: skip

    return write_run


@pytest.fixture
def several(write):
    """Runs of two corpora: scored, cheap, failed."""
    write("wv-old", rho=0.5, simlex=0.4, cost=0.03, mode="skipgram")
    write("wv-cheap", rho=0.6, simlex=0.1, cost=0.01)
    write("wv-best", rho=0.7, simlex=0.2, cost=0.02)
    write("wv-other", corpus="news", simlex=0.3)
    write("wv-failed", status="FAILED", cost=0.005)


def listed(run, *options: str) -> list[str]:
    status, out, err = run("runs", "--json", *options)
    assert status == 0, err
    return [found["run_id"] for found in json.loads(out)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", "failed other best cheap old"),
        ("--corpus blogs", "failed best cheap old"),
        ("--corpus corpora/news.txt", "other"),
        ("--status completed --status failed --limit 2", "failed other"),
        ("--status failed", "failed"),
        ("--mode skipgram", "old"),
        ("--since 50h", "failed other best"),
        ("--since 1w --by mean_rho", "best cheap failed other"),
        ("--by cost", "failed cheap best old other"),
        ("--by SimLex-999 --limit 3", "old other best"),
        ("--by time --limit 1", "failed"),
    ],
)
def test_runs_are_filtered_and_put_in_order(run, several, options: str, expected: str):
    assert listed(run, *options.split()) == [f"wv-{name}" for name in expected.split()]


def test_a_day_bounds_the_runs(run, several):
    day = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    assert "wv-old" not in listed(run, "--since", day)


def test_nothing_is_ever_scanned(run, several, monkeypatch):
    asked, call = set(), BaseClient._make_api_call

    def remembering(client, operation, parameters):
        asked.add(operation)
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", remembering)
    assert listed(run, "--corpus", "blogs", "--by", "cost")
    assert run("best", "--corpus", "blogs")[0] == 0
    assert run("best", "--corpus", "blogs", "--by", "SimLex-999")[0] == 0

    assert asked == {"Query"}


def test_the_set_that_runs_are_ordered_by_is_shown(run, several):
    out = run("runs", "--by", "SimLex-999")[1]
    assert "SIMLEX-999" in out
    assert "0.4000" in out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--since", "yesterday"], "--since yesterday is not a time"),
        (["--by", "beauty"], "known are: time, cost, mean_rho, SimLex-999"),
    ],
)
def test_what_can_not_be_asked_is_a_sentence(run, several, options: list[str], sentence: str):
    status, _, err = run("runs", *options)
    assert status == 1
    assert sentence in err


def test_no_run_is_like_that(run, several):
    assert "No run is like that" in run("runs", "--corpus", "none")[1]


def test_the_leaderboard_is_a_page_too(run, several, tmp_path):
    run("runs", "--html", str(tmp_path / "runs.html"))

    page = (tmp_path / "runs.html").read_text()
    assert "wv-best" in page
    assert '<span class="value">0.2000</span><small>[0.14, 0.26] 100%</small>' in page
    assert "http:" not in page
    assert "https:" not in page


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--corpus", "blogs"], "wv-best"),
        (["--corpus", "blogs.txt", "--by", "SimLex-999"], "wv-old"),
        (["--corpus", "news", "--by", "SimLex-999"], "wv-other"),
    ],
)
def test_the_best_runs_id_is_all_that_is_printed(run, several, options: list[str], expected: str):
    assert run("best", *options)[:2] == (0, f"{expected}\n")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--corpus", "none"], "There is no completed run of none"),
        (["--corpus", "news"], "has a score on mean_rho"),
        (["--corpus", "news"], "scored are: SimLex-999"),
        (["--corpus", "blogs", "--by", "own"], "scored are: mean_rho, SimLex-999"),
    ],
)
def test_without_a_best_run_it_is_said_why(run, several, options: list[str], sentence: str):
    status, out, err = run("best", *options)
    assert (status, out) == (1, "")
    assert sentence in err


def test_a_score_on_too_few_pairs_ranks_no_runs(run, write):
    write("wv-high", corpus="notes", simlex=0.9, not_found=970)
    status, out, err = run("best", "--corpus", "notes", "--by", "SimLex-999")
    assert (status, out) == (1, "")
    assert "The runs of notes can't be ranked by SimLex-999" in err
    said = " ".join(err.split())
    assert (
        "SimLex-999 0.9000 [0.77, 0.96] 3%?, but 29 of 999 pairs are too few to rank by; 500 would do" in said
    )
    assert "?: too few pairs to rank by" in run("runs", "--corpus", "notes", "--by", "SimLex-999")[2]

    write("wv-low", corpus="notes", simlex=0.1, not_found=200)
    assert run("best", "--corpus", "notes", "--by", "SimLex-999")[1] == "wv-low\n"
    assert listed(run, "--corpus", "notes", "--by", "SimLex-999") == ["wv-low", "wv-high"]


def test_json_says_what_a_score_rests_on(run, write):
    write("wv-high", corpus="notes", simlex=0.9, not_found=970)

    for command in (["show", "wv-high"], ["runs"]):
        found = json.loads(run(*command, "--json")[1])
        found = found[0] if isinstance(found, list) else found
        certainty = found["certainty"]["SimLex-999"]
        assert (certainty["found"], certainty["total"]) == (29, 999)
        assert certainty["coverage"] == pytest.approx(29 / 999)
        assert certainty["interval"] == {
            "low": pytest.approx(0.768, abs=1e-3),
            "high": pytest.approx(0.959, abs=1e-3),
        }
        assert certainty["doubt"] == "29 of 999 pairs are too few to rank by; 500 would do"


def test_own_text_ranks_the_runs_of_one_text(run, write):
    """The newest text's; its questions are other ones than an older text's."""
    write("wv-old", corpus="notes", own_text=0.9, etag="before")
    write("wv-cheap", corpus="notes", own_text=0.5, etag="now")
    write("wv-best", corpus="notes", own_text=0.6, etag="now")
    assert run("best", "--corpus", "notes", "--by", "own-text")[1] == "wv-best\n"
    said = run("runs", "--corpus", "notes", "--by", "own-text")[2]
    assert "own-text can't compare runs of different texts" in said
    kept = run("prune", "--keep-best", "1", "--by", "own-text", "--dry-run", "--json")[1]
    assert [name for name in ("wv-old", "wv-cheap", "wv-best") if name in kept] == ["wv-cheap"]


def test_one_text_by_several_names_is_one_text(run, write):
    write("wv-best", corpus="first", own_text=0.5, etag="now")
    write("wv-other", corpus="longer", own_text=0.6, etag="now")
    assert listed(run, "--by", "own-text") == ["wv-other", "wv-best"]
    assert run("runs", "--by", "own-text")[2] == ""
    assert run("best", "--corpus", "first", "--by", "own-text")[1] == "wv-best\n"


def test_a_negative_score_has_the_sign_of_its_interval_and_is_a_number_in_json(run, write):
    write("wv-best", rho=-0.25, simlex=-0.1017)
    assert "−0.1017 [−0.16, −0.04]" in run("runs", "--by", "SimLex-999")[1]
    assert "−0.1017" in run("show", "wv-best")[1]
    assert '"spearmans_rho": -0.1017' in run("show", "wv-best", "--json")[1]


def test_a_refusal_names_what_would_do(run, write):
    write("wv-some", corpus="notes", simlex=0.9, not_found=970, own_text=0.6)
    _, _, err = run("best", "--corpus", "notes", "--by", "SimLex-999")
    assert "Name another set with --by (own-text), give" in " ".join(err.split())


def test_a_page_without_a_name_is_refused(run, several):
    status, _, err = run("runs", "--html", "")
    assert (status, "Is a directory" in err) == (1, True)


def test_a_running_run_is_never_the_best(run, several, account):
    account.claim({
        "run_id": "wv-now", "status": "EVALUATING", "execution_arn": "x", "mean_rho": 0.99,
        "corpus_key": "corpora/blogs.txt",
    })  # fmt: skip
    assert run("best", "--corpus", "blogs")[1] == "wv-best\n"
