"""A run's vectors in the user's hands: verbs, exports, and the same from Python."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from gensim.models.fasttext import load_facebook_vectors

import wordvectors
from tests.unit.conftest import trained
from wordvectors.client import models
from wordvectors.client.models import NoModel
from wordvectors.gensim_data import gensim_data
from wordvectors.vectors.fasttext_bin import FastTextArguments, write_fasttext_bin
from wordvectors.vectors.files import END_OF_SENTENCE, VectorsFileError
from wordvectors.vectors.readers import read_vectors

RUN_ID = "wv-blogs-0123456789ab"
VECTORS = "5 2\nman 1 0\nking 1 1\nwoman 0 1\nqueen 0.1 1.9\napple -1 -1\n"


SUBWORDS = {"hyperparameters": {"mode": "skipgram", "subwords": True}}


@pytest.fixture(scope="module")
def russian() -> tuple[str, bytes]:
    """A model with subwords that fastText wrote, as text and as it is."""
    path = gensim_data("crime-and-punishment.bin")
    words, matrix, *_ = read_vectors(path)
    rows = (f"{word} {' '.join(map(str, row))}\n" for word, row in zip(words, matrix.tolist(), strict=True))
    return f"{len(words)} {matrix.shape[1]}\n{''.join(rows)}", path.read_bytes()


@pytest.fixture
def family(account):
    return trained(account, RUN_ID, VECTORS)


def test_similarity(run, family):
    assert run("similarity", RUN_ID, "man", "king")[1] == "0.7071\n"
    assert json.loads(run("similarity", RUN_ID, "man", "woman", "--json")[1])["cosine"] == 0


def test_analogy(run, family):
    assert "queen" in run("analogy", RUN_ID, "man", "king", "woman")[1]
    found = json.loads(run("analogy", RUN_ID, "man", "king", "woman", "-n", "1", "--json")[1])
    assert [one["word"] for one in found["neighbours"]] == ["queen"]
    assert found["origins"] == dict.fromkeys(["man", "king", "woman"], "vocabulary")


@pytest.mark.parametrize("command", [["similarity", "qeen", "kin"], ["analogy", "qeen", "kin", "man"]])
def test_every_unknown_word_is_named(run, family, command: list[str]):
    status, _, err = run(command[0], RUN_ID, *command[1:])
    assert status == 1
    assert (
        "'qeen' is not in the vocabulary, and this model has no subwords to make a vector from. Did you mean queen?"
        in err
    )
    assert "'kin'" in err


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("word2vec-text", {"vectors.txt"}),
        ("word2vec-binary", {"vectors.w2v.bin"}),
        ("keyedvectors", {"vectors.kv", "vectors.kv.vectors.npy"}),
        ("projector", {"vectors.tsv", "metadata.tsv"}),
        ("parquet", {"vectors.parquet"}),
    ],
)
def test_export_writes_the_files_of_a_format(run, family, tmp_path, form: str, files: set[str]):
    status, out, err = run("export", RUN_ID, "--format", form, "--to", str(tmp_path / "out"))

    assert status == 0, err
    assert {path.name for path in (tmp_path / "out").iterdir()} == files
    assert all(name in out for name in files)


def test_fasttexts_format_is_of_models_with_subwords(run, family, account, tmp_path):
    status, _, err = run("export", RUN_ID, "--format", "fasttext", "--to", str(tmp_path))
    assert status == 1
    assert "was trained without subwords" in err

    trained(account, "wv-subwords", VECTORS, SUBWORDS)
    assert run("export", "wv-subwords", "--format", "fasttext", "--to", str(tmp_path))[0] == 0
    assert (tmp_path / "vectors.bin").read_bytes() == b"x"


def test_a_run_is_loaded_in_python_and_asked_for_once(run, family, outputs, session, monkeypatch):
    connected = []

    def connect(home, *, stack):
        connected.append(stack)
        return models.Deployment(session, None, outputs)

    monkeypatch.setattr(models, "connect_local", connect)

    vectors = wordvectors.load(RUN_ID)
    again = wordvectors.load(RUN_ID)

    assert connected == ["Wordvectors"]
    assert vectors.most_similar(positive=["king", "woman"], negative=["man"], topn=1)[0][0] == "queen"
    assert again["man"].tolist() == [1, 0]
    assert wordvectors.load("latest").index_to_key == again.index_to_key
    with pytest.raises(NoModel, match="there is no run wv-none"):
        wordvectors.load("wv-none")


def test_a_run_knows_how_often_its_words_occur(run, account, tmp_path):
    words, counts = ["man", "king", "woman", "queen", "apple"], [50, 20, 9, 9, 5]
    dictionary = fasttext(tmp_path / "vectors.bin", words, counts)
    trained(account, RUN_ID, VECTORS, vectors_bin=dictionary)
    trained(account, "wv-cut", VECTORS, vectors_bin=dictionary[:150])
    trained(
        account, "wv-others", VECTORS, vectors_bin=fasttext(tmp_path / "vectors.bin", words[1:], counts[1:])
    )

    assert run("similarity", RUN_ID, "man", "king")[0] == 0
    vectors = wordvectors.load(RUN_ID)
    assert [vectors.get_vecattr(word, "count") for word in words] == counts
    for other in ("wv-cut", "wv-others"):
        assert run("similarity", other, "man", "king")[1] == "0.7071\n"
        assert wordvectors.load(other).counts is None


def fasttext(path: Path, words: list[str], counts: list[int]) -> bytes:
    """Return a model in fastText's format."""
    rows, arguments = np.ones((len(words), 2), np.float32), FastTextArguments(2, *[5] * 7, 0, 0, 0, 5, 1.0)
    write_fasttext_bin(
        path, arguments=arguments, words=words, counts=counts, tokens=sum(counts), word_rows=rows,
        ngram_rows=rows[:0], output_rows=rows,
    )  # fmt: skip
    return path.read_bytes()


def test_vectors_kept_by_another_version_are_fetched_again(run, family, tmp_path):
    folder = tmp_path / "home" / "cache" / "runs" / RUN_ID
    folder.mkdir(parents=True)
    (folder / "words.txt").write_text("x\n")

    assert run("similarity", RUN_ID, "man", "king")[0] == 0


def test_a_file_or_the_folder_of_a_download_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setenv("WORDVECTORS_HOME", str(tmp_path / "home"))
    (tmp_path / "vectors.txt").write_text(VECTORS)

    assert wordvectors.load(tmp_path).similarity("man", "king") == pytest.approx(0.7071, abs=1e-4)
    assert wordvectors.load(tmp_path / "vectors.txt").doesnt_match(["man", "king", "apple"]) == "apple"
    with pytest.raises(ValueError, match="target is 'mars'"):
        wordvectors.load("wv-x", target="mars")


def test_the_latest_run_that_has_a_model_is_looked_at(run, family, account):
    account.claim({
        "run_id": "wv-later", "status": "REJECTED", "execution_arn": "x", "created_at": "2099-01-01T00:00:00.000+00:00",
    })  # fmt: skip

    assert "king" in run("neighbours", "latest", "man")[1]
    assert json.loads(run("show", "latest", "--json")[1])["run_id"] == "wv-later"


def test_without_any_model_latest_says_so(run, account):
    status, _, err = run("neighbours", "latest", "man")

    assert status == 1
    assert "No run has a model yet" in err


def test_a_run_that_is_named_like_a_folder_of_the_cache_leaves_it_alone(run, account, tmp_path):
    kept = tmp_path / "home" / "cache" / "files" / "0123"
    kept.mkdir(parents=True)

    run("neighbours", "files", "king")

    assert kept.is_dir()


@pytest.mark.parametrize(
    ("vectors", "fault"),
    [
        ("2 2\nki\nng 1 1\n", "line 2 ('ki') has 0 values"),
        ("1 2\na king 1 1\n", "line 2 ('a') has 3 values"),
        ("1 2\n 1 1\n", "line 2 has a word that is empty"),
        ("2 2\nking 1 1\nking 1 0\n", "line 3 has the word 'king' once more"),
    ],
)
def test_a_model_with_a_word_that_is_none_or_stands_twice_is_told_by_its_line(run, account, vectors, fault):
    trained(account, RUN_ID, vectors)

    status, _, err = run("neighbours", RUN_ID, "king")

    assert status == 1
    assert "can't be read" in err
    assert fault in " ".join(err.split())


def test_a_cache_that_cannot_be_written_is_no_reason_not_to_read(run, family, monkeypatch):
    monkeypatch.setenv("WORDVECTORS_HOME", "/proc/none")

    assert run("similarity", RUN_ID, "man", "king")[1] == "0.7071\n"


def test_a_file_that_is_not_there_is_called_a_file():
    with pytest.raises(VectorsFileError, match=r"nope\.txt: there is no such file"):
        wordvectors.load("nope.txt")


@pytest.mark.parametrize("empty", ["", "folder"])
def test_a_folder_that_is_no_model_is_called_so(tmp_path, monkeypatch, empty):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(
        VectorsFileError, match=r"is a folder without vectors\.txt; name a file of word vectors"
    ):
        wordvectors.load(empty)


def test_words_are_looked_up_as_the_corpus_writes_them(run, account):
    trained(account, "wv-words", "3 2\ncaf\u00e9 1 0\nl'eau 1 1\nparis 0 1\n")

    assert run("similarity", "wv-words", "cafe\u0301", "l\u2019eau")[1] == "0.7071\n"
    assert "l'eau" in run("neighbours", "wv-words", "Paris")[1]
    assert run("analogy", "wv-words", "Paris", "cafe\u0301", "l\u2019eau")[0] == 0


def test_in_python_another_form_of_a_word_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("WORDVECTORS_HOME", str(tmp_path / "home"))
    (tmp_path / "vectors.txt").write_text("1 2\nparis 1 0\n")

    with pytest.raises(KeyError, match="'Paris' is not in the vocabulary of this model; 'paris' is"):
        wordvectors.load(tmp_path).most_similar("Paris")


@pytest.mark.parametrize("command", [["neighbours"], ["similarity", "rue"], ["analogy", "rue", "rue"]])
def test_a_word_is_utf8_whatever_the_locale_takes_its_bytes_for(run, account, command):
    trained(account, RUN_ID, "2 2\ncaf\u00e9 1 0\nrue 1 1\n")

    status, out, _ = run(command[0], RUN_ID, *command[1:], "caf\udcc3\udca9", "--json")

    assert status == 0
    assert "\\udc" not in out


def test_a_model_with_subwords_answers_for_a_word_that_it_never_saw(run, account, russian, tmp_path):
    trained(account, RUN_ID, russian[0], SUBWORDS, russian[1])
    gensims = load_facebook_vectors(str(gensim_data("crime-and-punishment.bin")))
    typo, known = "преступления", gensims.index_to_key[5]
    assert typo not in gensims.key_to_index

    assert f"{typo} (by n-grams)" in run("neighbours", RUN_ID, typo, known)[1]
    near = json.loads(run("neighbours", RUN_ID, typo, known, "-n", "5", "--json")[1])
    assert {word: found["origin"] for word, found in near.items()} == {typo: "n-grams", known: "vocabulary"}
    theirs = [word for word, _ in gensims.most_similar(typo, topn=6) if word != END_OF_SENTENCE]
    assert [one["word"] for one in near[typo]["neighbours"]] == theirs[:5]

    _, out, err = run("similarity", RUN_ID, typo, known)
    assert float(out) == pytest.approx(gensims.similarity(typo, known), abs=1e-4)
    assert f"By n-grams, since the vocabulary lacks it: {typo}" in " ".join(err.split())
    found = json.loads(run("analogy", RUN_ID, known, typo, known, "--json")[1])
    assert found["origins"] == {known: "vocabulary", typo: "n-grams"}

    (tmp_path / "words.txt").write_text(f"{typo}\n{known}\n", encoding="utf-8")
    export = ("export", RUN_ID, "--format", "word2vec-binary", "--to", str(tmp_path), "--words")
    assert run(*export, str(tmp_path / "words.txt"))[0] == 0
    written = wordvectors.load(tmp_path / "vectors.w2v.bin")
    assert written.index_to_key == [typo, known]
    assert written[typo] == pytest.approx(gensims[typo], abs=1e-6)


def test_a_download_with_subwords_is_loaded_with_its_ngrams(run, account, russian, tmp_path):
    trained(account, RUN_ID, russian[0], SUBWORDS, russian[1])
    run("download", RUN_ID, "--to", str(tmp_path))

    assert wordvectors.load(tmp_path / RUN_ID).origin("преступлениями") == "n-grams"


def test_words_to_export_that_are_none_are_named(run, family, tmp_path):
    (tmp_path / "words.txt").write_text("king\nold man\n")
    export = ("export", RUN_ID, "--to", str(tmp_path), "--words", str(tmp_path / "words.txt"), "--format")

    assert "line 2: 'old man' holds a blank" in run(*export, "word2vec-text")[2]
    assert "does not go with --format fasttext" in run(*export, "fasttext")[2]
