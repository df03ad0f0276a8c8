"""The cosines that a run's model gives the pairs of a set, read from its archive once and kept beside the run."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from wordvectors.aws.bucket import Bucket
from wordvectors.aws.errors import transient_errors_named
from wordvectors.aws.evaluation_sets import read_own_sets
from wordvectors.aws.run_table import RunTable
from wordvectors.blazingtext.archive import read_model_archive
from wordvectors.evaluation.comparison import known_cosines
from wordvectors.evaluation.sets import set_named
from wordvectors.evaluation.word_pairs import WordPairSet, read_pair_sets, wanted_forms
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.json_text import parse_json
from wordvectors.lifecycle.keys import run_key
from wordvectors.tuning.judging import PairCosines
from wordvectors.vectors.vectors_txt import VectorsTxt

_FILE = "pairs.json"


class ModelPairs:
    """Reads models of runs, and keeps what was read under `runs/RUN_ID/pairs.json`."""

    def __init__(self, bucket: Bucket, runs: RunTable) -> None:
        self._bucket, self._runs = bucket, runs

    def kept(self, run_id: str, pair_set: str) -> PairCosines | None:
        """Return what was read of a run's model; None if nothing was, or of another set."""
        text = self._bucket.read_small(run_key(run_id, _FILE))
        found = parse_json(text) if text else {}
        if set_named(found.get("set", "")) != pair_set:
            return None
        return {pair: (human, cosine) for pair, (human, cosine) in found["cosines"].items()}

    def read(self, run_id: str, pair_set: str) -> None:
        """Read a run's model, and keep the cosines of a set's pairs that it knows.

        Raises
        ------
        InvalidModelArchive
        WordPairsError
            When the set can't be read any more.
        """
        pairs = self._set(pair_set)
        wanted, by_word = pairs.forms, dict[str, NDArray[np.float32]]()

        def keep(text: VectorsTxt) -> None:
            by_word.clear()
            for chunk in text.chunks():
                for word, vector in zip(chunk.words, chunk.matrix, strict=True):
                    for form in wanted_forms(word, wanted, by_word):
                        by_word[form] = vector.copy()

        with transient_errors_named():
            read_model_archive(self._bucket.open(self._runs.require(run_id).model_key), keep)
        cosines = {f"{a} {b}": found for (a, b), found in known_cosines(pairs, by_word).items()}
        body = json.dumps({"set": pair_set, "cosines": cosines}, ensure_ascii=False)
        self._bucket.write(run_key(run_id, _FILE), body.encode(), "application/json")

    def _set(self, name: str) -> WordPairSet:
        built_in = {**load_wordsim353(), **read_pair_sets()}
        if name in built_in:
            return built_in[name]
        own, unread = read_own_sets(self._bucket, [name])
        if name in unread:
            raise ValueError(unread[name])
        return own[name]
