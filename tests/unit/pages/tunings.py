"""A tuning that has ended, for what shows one."""

from __future__ import annotations

from typing import Any

from wordvectors.tuning.tuning import Tuning

SPACE = {
    "learning_rate": {"low": 0.005, "high": 0.1, "log": True},
    "window_size": {"low": 2, "high": 15},
    "mode": {"choices": ["batch_skipgram", "cbow"]},
}


def tuning_row(text: str = "", **more: Any) -> Tuning:
    """A tuning of twelve trials and six repeats, with a verdict; `text` stands wherever a user chooses a text."""
    trials: list[dict[str, Any]] = [
        {
            "number": number,
            "kind": "default" if number == 1 else "search",
            "values": {
                "learning_rate": round(0.005 * 1.3**number, 4),
                "window_size": 2 + number,
                "mode": "cbow" if number % 4 == 0 else "batch_skipgram",
            },
            "execution": f"tuning-pets-{number}",
            "run_id": f"wv-pets-{number:012}{text}",
            "status": "COMPLETED",
            "score": None if number == 11 else 0.4 + number % 7 / 50,
            "note": f"no score {text}" if number == 11 else None,
            "basis": {"found": 300, "total": 353, "interval": {"low": 0.41, "high": 0.59}},
            "seconds": 40 + 7 * (number % 5),
            "cost": 0.002 * (number % 5 + 1),
        }
        for number in range(1, 13)
    ]
    for number in range(13, 19):
        of = 6 if number < 16 else 1
        trials.append(
            {**trials[of - 1], "number": number, "kind": "repeat", "of": of, "score": 0.5 + number / 1000}
        )
    standing = {
        "is_default": False,
        "run_id": f"wv-pets-best{text}",
        "scores": [0.513, 0.514],
        "mean": 0.5135,
    }
    return Tuning.of_row({
        "tuning_id": f"tuning-pets-0123456789ab{text}", "name": f"pets{text}", "status": "COMPLETED",
        "created_at": "2026-11-23T10:00:00+00:00", "ended_at": "2026-11-23T11:00:00+00:00",
        "order": {"corpus": "pets", "objective": {"mean_rho": 2.0, "SimLex-999": 1.0}},
        "corpus": {"bucket": f"team-text{text}", "key": f"corpora/pets{text}.txt", "name": f"pets{text}"},
        "space": SPACE,
        "arithmetic": {"trainings": 18, "most_of_one": 4.9, "most": 88.2, "ceiling": 100.0, "hours": 24.0},
        "trials": trials, "finalists": [6, 1], "searched": f"all trials are made {text}",
        "warnings": [f"a warning {text}"],
        "verdict": {
            "best": 6, "recommended": 6, "run_id": f"wv-pets-best{text}",
            "sentence": "Trial 6 is better than the plan without changes by 0.021 ± 0.006.",
            "standings": [
                {**standing, "trial": 6, "spread": 0.0007, "seconds": 47.0, "cost": 0.004},
                {**standing, "trial": 1, "is_default": True, "mean": 0.49},
            ],
            "contrasts": [],
            "edges": [{"name": "learning_rate", "value": 0.1, "end": 0.1, "beyond": 0.4}],
            "importances": {"window_size": 0.7, "learning_rate": 0.3}, "importances_of": 11, "note": f"a note {text}",
        },
        **more,
    })  # fmt: skip
