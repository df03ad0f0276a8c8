"""Thirty runs of several corpora, as a team's list has them after a month."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.unit.pages.conftest import run_row
from wordvectors.lifecycle.plan import resolve_plan
from wordvectors.lifecycle.run import Run

HOSTILE = "<img src=x onerror=alert(1)><b>note</b>"
LOCAL = "arn:aws:states:us-east-1:000000000000:execution:Wordvectors:one"
SETS = {"WS-353": 352, "WS-353-REL": 252, "WS-353-SIM": 203, "SimLex-999": 999}
FIRST, TRAINING, FAILED = "wv-news-000000000000", "wv-blogs-00000000001d", "wv-wiki-00000000001b"
"""The oldest, the newest, and one that failed."""
_ENDS = {29: "TRAINING", 28: "QUEUED", 27: "FAILED", 20: "REJECTED", 13: "STOPPED"}


def thirty_runs() -> list[Run]:
    """Return the runs, the newest first."""
    return [_run(number) for number in reversed(range(30))]


def _run(number: int) -> Run:
    name, status = ("news", "wiki", "blogs", "tickets/2026")[_corpus(number)], _ENDS.get(number, "COMPLETED")
    run_id = f"wv-{name.replace('/', '-')}-{number:012x}"
    made = {
        "vector_dim": (50, 100, 200, 300)[number % 4], "window_size": 5 + number % 3,
        "mode": ("batch_skipgram", "cbow")[number % 2], "epochs": 5,
    }  # fmt: skip
    created = datetime.fromisoformat("2026-11-01T08:00:00.000+00:00") + timedelta(hours=22 * number)
    cost = {"price_per_hour": 0.204, "currency": "USD", "price_date": "2026-11-01", "most": 4.9}
    row = run_row(
        run_id, status=status, execution_arn=LOCAL,
        created_at=created.isoformat(timespec="milliseconds"),
        corpus_key=f"corpora/{name}.txt",
        corpus={"bucket": "team-text", "key": f"corpora/{name}.txt", "name": name, "bytes": 9_000_000, "etag": "e"},
        plan=None if status == "REJECTED" else resolve_plan({"hyperparameters": made}).model_dump(mode="json"),
        cost={**cost, **({"actual": 0.003 * (number + 1)} if status == "COMPLETED" else {})},
        progress={"percent": 10.0, "words_per_second": 1.2e6} if status == "TRAINING" else {},
        training={"job_seconds": 40 * number + 61, "training_seconds": 40.0} if status == "COMPLETED" else {},
        artifacts={"report": f"s3://team-text/runs/{run_id}/report.html"} if status == "COMPLETED" else {},
        **_told(number, status),
        **(_scored(number) if status == "COMPLETED" else {"mean_rho": None, "evaluation": {"sets": {}}}),
    )  # fmt: skip
    return Run.of_row({name: value for name, value in row.to_json().items() if value is not None})


def _corpus(number: int) -> int:
    return {29: 2, 27: 1}.get(number, number % 4)


def _told(number: int, status: str) -> dict[str, Any]:
    reasons = {
        "FAILED": {
            "reason": "the training job failed: ClientError: the vocabulary is empty; lower min_count"
        },
        "REJECTED": {"reasons": ["the corpus is empty", "vector_dim is 5000; at most 2048 is allowed"]},
        "STOPPED": {"reason": "stopped: `wordvectors stop` by arn:aws:iam::1:user/ann"},
        "QUEUED": {"waiting_for": "SageMaker has no ml.p3.2xlarge now; ml.g4dn.xlarge would do as well"},
    }
    return {
        **reasons.get(status, {}),
        **({"promoted_as": ["news"], "tags": ["baseline", "for=search"]} if number == 24 else {}),
        **({"note": "cleaned text, with phrases", "tags": ["phrases"]} if number % 5 == 1 else {}),
        **({"note": HOSTILE} if number == 26 else {}),
    }


def _scored(number: int) -> dict[str, Any]:
    rho = 0.25 + 0.013 * ((number * 7) % 29)
    share = 0.05 if number % 10 == 5 else 0.93
    sets = {
        name: {
            "spearmans_rho": rho - 0.03 * place, "not_found": total - int(total * share),
            "total_pairs": total, "coverage": int(total * share) / total,
        }
        for place, (name, total) in enumerate(SETS.items())
    }  # fmt: skip
    return {"mean_rho": rho, "evaluation": {"sets": sets}}
