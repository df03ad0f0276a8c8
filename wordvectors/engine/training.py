"""From a corpus to the artefacts: vocabulary, training, vectors.bin, vectors.txt, eval.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wordvectors.blazingtext import log
from wordvectors.blazingtext.archive import VECTORS_BIN, VECTORS_TXT
from wordvectors.blazingtext.eval_json import EVAL_JSON, MEAN_RHO, eval_json
from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine.checkpoints import Checkpoints
from wordvectors.engine.encoding import encode, load_machine_code
from wordvectors.engine.engine import TrainedVectors
from wordvectors.engine.epoch_scores import EpochScores
from wordvectors.engine.phases import START_UP, Phases
from wordvectors.engine.vocabulary import Vocabulary
from wordvectors.evaluation.early_stopping import EarlyStopping
from wordvectors.evaluation.spearman import evaluate
from wordvectors.evaluation.word_pairs import WordPairSet
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.files import written_whole
from wordvectors.vectors.fasttext_bin import (
    LOSS_NEGATIVE_SAMPLING,
    MODEL_CBOW,
    MODEL_SKIPGRAM,
    FastTextArguments,
    write_fasttext_bin,
)
from wordvectors.vectors.vectors_txt import VectorsTxt, write_vectors_txt


@dataclass(frozen=True)
class OnTheWay:
    """What is scored after each epoch, beside `mean_rho`, and when that ends a training early."""

    sets: Mapping[str, WordPairSet]
    early_stopping: EarlyStopping | None = None


def train(
    corpus: Path,
    hyperparameters: Hyperparameters,
    model_folder: Path,
    *,
    threads: int,
    seed: int,
    phases: Phases,
    checkpoints: Checkpoints | None = None,
    on_the_way: OnTheWay | None = None,
) -> None:
    """Train on a corpus and write the artefacts of a BlazingText job.

    Parameters
    ----------
    corpus
        One sentence per line.
    model_folder
        Takes vectors.bin and vectors.txt, and eval.json if `evaluation` is asked for. Scratch files are
        on its file system during the training.
    threads, seed, checkpoints
        See `kernel_engine.train`. Once all is written, there is no checkpoint any more.
    phases
        Takes the time of each phase.
    on_the_way
        What is scored after each epoch; None: nothing.

    Raises
    ------
    TrainingError
        If there is nothing to learn, the training does not fit into memory, or it diverges.
    """
    log.info(f"Running single machine CPU BlazingText training using {hyperparameters.mode} mode.")
    log.processing(corpus, corpus.stat().st_size)
    with phases.measure(START_UP):
        load_machine_code()
    with phases.measure("encoding"):
        encoded = encode(corpus, hyperparameters.min_count, model_folder, log.words_read, threads=threads)
    vocabulary = encoded.vocabulary
    log.vocabulary_size(len(vocabulary.words))
    if vocabulary.not_utf8:
        log.warning(
            f"{len(vocabulary.not_utf8)} words of {corpus.name} hold bytes that are not UTF-8 "
            f"({', '.join(map(repr, vocabulary.not_utf8[:3]))} …); \ufffd stands for them in the vectors. "
            "Save the corpus as UTF-8."
        )
    with phases.measure(START_UP):
        from wordvectors.engine import kernel_engine  # loads what numba has compiled
    with phases.measure("training"):
        epochs = hyperparameters.epochs
        scores = None
        if on_the_way is not None:
            scores = EpochScores(vocabulary.words, epochs, on_the_way.sets, on_the_way.early_stopping)
        trained = kernel_engine.train(
            encoded,
            hyperparameters,
            log.progress,
            threads=threads,
            seed=seed,
            checkpoints=checkpoints,
            scores=scores,
        )
    log.finished(round(vocabulary.tokens * epochs * trained.fraction), trained.seconds)
    with phases.measure("writing"):
        _write_vectors_bin(model_folder / VECTORS_BIN, vocabulary, hyperparameters, trained)
        write_vectors_txt(model_folder / VECTORS_TXT, vocabulary.words, trained.vectors, threads=threads)
    if hyperparameters.evaluation:
        with phases.measure("evaluation"):
            _evaluate(model_folder)
    if checkpoints is not None:
        checkpoints.spend()
    log.info(phases.summary())


def _write_vectors_bin(
    path: Path, vocabulary: Vocabulary, hyperparameters: Hyperparameters, trained: TrainedVectors
) -> None:
    subwords = hyperparameters.subwords
    arguments = FastTextArguments(
        dim=hyperparameters.vector_dim,
        ws=hyperparameters.window_size,
        epoch=hyperparameters.epochs,
        min_count=hyperparameters.min_count,
        neg=hyperparameters.negative_samples,
        word_ngrams=1,
        loss=LOSS_NEGATIVE_SAMPLING,
        model=MODEL_CBOW if hyperparameters.mode is Mode.CBOW else MODEL_SKIPGRAM,
        bucket=hyperparameters.buckets if subwords else 0,
        minn=hyperparameters.min_char if subwords else 0,
        maxn=hyperparameters.max_char if subwords else 0,
        lr_update_rate=100,
        t=hyperparameters.sampling_threshold,
    )
    write_fasttext_bin(
        path,
        arguments=arguments,
        words=vocabulary.words,
        counts=vocabulary.counts.tolist(),
        tokens=vocabulary.tokens,
        word_rows=trained.word_rows,
        ngram_rows=trained.ngram_rows,
        output_rows=trained.output_rows,
    )


def _evaluate(model_folder: Path) -> None:
    """Evaluate what was written, not what is in memory: so anyone can compute the same figures again."""
    vectors_txt = model_folder / VECTORS_TXT
    sets = load_wordsim353()
    wanted = frozenset().union(*(pair_set.words for pair_set in sets.values()))
    with vectors_txt.open("rb") as file:
        document = evaluate(VectorsTxt(file, vectors_txt).lower_cased(wanted), sets)
    text = eval_json(document)
    with written_whole(model_folder / EVAL_JSON) as file:
        file.write(text.encode())
    log.evaluation(vectors_txt, text, document[MEAN_RHO])
