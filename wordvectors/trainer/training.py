"""From a corpus to the artefacts: vocabulary, training, vectors.bin, vectors.txt, eval.json."""

from __future__ import annotations

from pathlib import Path

from wordvectors.blazingtext import CBOW, EVAL_JSON, VECTORS_BIN, VECTORS_TXT, Hyperparameters
from wordvectors.evaluation.eval_json import MEAN_RHO, eval_json
from wordvectors.evaluation.spearman import evaluate
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.files import written_whole
from wordvectors.trainer import log
from wordvectors.trainer.engine import TrainedVectors
from wordvectors.trainer.vocabulary import Vocabulary, read_vocabulary
from wordvectors.vectors.fasttext_bin import (
    LOSS_NEGATIVE_SAMPLING,
    MODEL_CBOW,
    MODEL_SKIPGRAM,
    FastTextArguments,
    write_fasttext_bin,
)
from wordvectors.vectors.vectors_txt import VectorsTxt, write_vectors_txt


def train(corpus: Path, hyperparameters: Hyperparameters, model_folder: Path) -> None:
    """Train on a corpus and write the artefacts of a BlazingText job.

    Parameters
    ----------
    corpus
        One sentence a line.
    hyperparameters
        As `resolve_hyperparameters` returns them.
    model_folder
        Takes vectors.bin and vectors.txt, and eval.json if `evaluation` is asked for.

    Raises
    ------
    TrainingError
        If there is nothing to learn, or the training diverges.
    """
    log.info(f"Running single machine CPU BlazingText training using {hyperparameters['mode']} mode.")
    log.processing(corpus, corpus.stat().st_size)
    vocabulary = read_vocabulary(corpus, int(hyperparameters["min_count"]), log.words_read)
    log.vocabulary_size(len(vocabulary.words))
    if vocabulary.not_utf8:
        log.warning(
            f"{len(vocabulary.not_utf8)} words of {corpus.name} hold bytes that are not UTF-8 "
            f"({', '.join(map(repr, vocabulary.not_utf8[:3]))} …); \ufffd stands for them in the vectors. "
            "Save the corpus as UTF-8."
        )
    from wordvectors.trainer import gensim_engine  # gensim takes seconds: a corpus is refused without it

    trained = gensim_engine.train(corpus, vocabulary, hyperparameters, log.progress)
    log.finished(vocabulary.tokens * int(hyperparameters["epochs"]), trained.seconds)
    _write_vectors_bin(model_folder / VECTORS_BIN, vocabulary, hyperparameters, trained)
    write_vectors_txt(model_folder / VECTORS_TXT, vocabulary.words, trained.vectors)
    if hyperparameters["evaluation"]:
        _evaluate(model_folder)


def _write_vectors_bin(
    path: Path, vocabulary: Vocabulary, hyperparameters: Hyperparameters, trained: TrainedVectors
) -> None:
    subwords = bool(hyperparameters["subwords"])
    arguments = FastTextArguments(
        dim=int(hyperparameters["vector_dim"]),
        ws=int(hyperparameters["window_size"]),
        epoch=int(hyperparameters["epochs"]),
        min_count=int(hyperparameters["min_count"]),
        neg=int(hyperparameters["negative_samples"]),
        word_ngrams=1,
        loss=LOSS_NEGATIVE_SAMPLING,
        model=MODEL_CBOW if hyperparameters["mode"] == CBOW else MODEL_SKIPGRAM,
        bucket=int(hyperparameters["buckets"]) if subwords else 0,
        minn=int(hyperparameters["min_char"]) if subwords else 0,
        maxn=int(hyperparameters["max_char"]) if subwords else 0,
        lr_update_rate=100,
        t=float(hyperparameters["sampling_threshold"]),
    )
    write_fasttext_bin(
        path,
        arguments=arguments,
        words=vocabulary.words,
        counts=vocabulary.counts,
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
    document = evaluate(VectorsTxt(vectors_txt).lower_cased(wanted), sets)
    text = eval_json(document)
    with written_whole(model_folder / EVAL_JSON) as file:
        file.write(text.encode())
    log.evaluation(vectors_txt, text, document[MEAN_RHO])
