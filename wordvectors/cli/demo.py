"""`wordvectors demo`: real English text becomes an evaluated model on this machine."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from wordvectors import STACK
from wordvectors.cli import interrupt, local, models, train
from wordvectors.cli.nearest import neighbour_lists
from wordvectors.cli.output import CommandError, console, errors, show_lists
from wordvectors.cli.target import Target, connect
from wordvectors.lifecycle.checks import GivenPlan
from wordvectors.lifecycle.status import RunStatus

PROBE_WORDS = ["war", "city", "music", "science"]
PLAN = {"hyperparameters": {"mode": "batch_skipgram", "epochs": 15, "window_size": 10}}


def demo() -> None:
    """Train on the extract of Wikipedia that comes with gensim, in the local cloud, and look at the model."""
    with interrupt.says(local.GOES_ON):
        local.start()
        _demo()


def _demo() -> None:
    from wordvectors.cleaning.sample import write_sample_corpus

    place = connect(Target.LOCAL, None, None, STACK)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "wikipedia-sample.txt"
        with errors.status("Making sentences from the English Wikipedia extract in gensim's wheel …"):
            counts = write_sample_corpus(corpus)
        size = corpus.stat().st_size
        errors.say(f"{counts.sentences:,} sentences, {counts.tokens:,} words, {size / 1e6:.1f} MB")
        run = train.submit(
            place, corpus, name=None, plan=GivenPlan(json.dumps(PLAN).encode()), again=False, follow=True
        )
    if run.status is not RunStatus.COMPLETED:
        raise CommandError(f"{run.run_id} ended as {run.status}", [run.reason or ""])
    train.conclude(run)
    found, _ = models.nearest(run.run_id, PROBE_WORDS, lambda: place, topn=6)
    console.say("\nNearest neighbours, with their cosine:")
    show_lists(neighbour_lists(found))
    console.say(
        f"\n`wordvectors open {run.run_id}` shows its report in the browser: the map of words, neighbours, scores.\n"
        "The local cloud keeps running; `wordvectors local stop` ends it and keeps its runs."
    )
