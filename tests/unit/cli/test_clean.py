"""`wordvectors clean` and `wordvectors corpus stats`, as they are typed."""

from __future__ import annotations

import errno
import gzip
import itertools
import json
import os
import resource
import subprocess
import sys

import pytest

from tests.unit.evaluation.test_own_text import SUBJECTS, text
from wordvectors.cleaning import origin
from wordvectors.cli import main


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command; return its exit status, and what it printed on both streams."""

    def call(*arguments):
        monkeypatch.setattr("sys.argv", ["wordvectors", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code or 0, printed.out, printed.err

    return call


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "raw.jsonl"
    path.write_text(json.dumps({"body": "The cat sat on the mat. It&rsquo;s 3 dogs!"}) + "\n")
    return path


def test_documents_become_a_corpus_with_its_recipe_beside_it(run, raw, tmp_path):
    target = tmp_path / "corpora" / "a.txt"
    options = ("--column", "body", "--set", "keep_numbers=false", "--set", "min_tokens=2")

    status, out, _ = run("clean", raw, "--to", target, *options, "--workers", 1, "--json")

    assert status == 0
    assert target.read_text() == "the cat sat on the mat\nit's dogs\n"
    origin = json.loads((tmp_path / "corpora" / "a.recipe.json").read_text())
    assert json.loads(out) == origin
    assert origin["recipe"]["keep_numbers"] is False
    assert origin["counts"]["documents"] == 1

    again = tmp_path / "b.txt"
    status, out, _ = run(
        "clean", raw, "--to", again, "--column", "body", "--recipe", tmp_path / "corpora" / "a.recipe.json"
    )
    assert status == 0
    assert again.read_bytes() == target.read_bytes()
    assert "wordvectors train" in out


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_bad_document_is_counted_on_the_way_and_told_even_where_its_name_is_not_utf_8(
    run, tmp_path, options
):
    named = os.fsencode(tmp_path) + b"/bad\xff.jsonl"
    with open(named, "w") as file:
        file.write('{"text": "The cat sat here."}\nno JSON\n')
    target = tmp_path / "a.txt"

    status, _, err = run("clean", os.fsdecode(named), "--to", target, "--most-bad", 1, *options)

    assert status == 0
    assert "1 bad" in err
    (sample,) = json.loads((tmp_path / "a.recipe.json").read_bytes())["counts"]["samples"]
    assert sample.startswith(f"{tmp_path}/bad")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "lower=perhaps", "--set", "colour=red"), ["lower is 'perhaps'", "colour is no setting"]),
        (("--set", "lower"), ["write it as name=value"]),
        (("--set", "lower", "--set", "colour=red"), ["write it as name=value", "colour is no setting"]),
        (("--set", "lower=true", "--set", "lower=false"), ["--set lower is given twice"]),
        (
            ("--recipe", "nowhere.json", "--set", "lower"),
            ["• nowhere.json: No such file", "write it as name=value"],
        ),
        (("--set", "language=ja"), ["segmented=true"]),
        (("--format", "pdf", "--encoding", "klingon"), ["'pdf'; there are text", "'klingon'"]),
        (
            ("--column", "nobody"),
            ["1 of 1 documents (100.0%) are bad", "byte 0: no object with a text", "--most-bad"],
        ),
    ],
)
def test_a_mistake_gets_sentences_and_status_1(run, raw, tmp_path, arguments, said):
    status, _, err = run("clean", raw, "--to", tmp_path / "a.txt", "--workers", 1, *arguments)

    assert status == 1
    for sentence in said:
        assert sentence in " ".join(err.split())
    assert not (tmp_path / "a.txt").exists()


@pytest.mark.parametrize(
    "content", ['{"recipe": 5}', "[]", "[" * 100_000, "{", '{"lower": true, "lower": false}']
)
@pytest.mark.parametrize("more", [(), ("--set", "lower=false")])
def test_a_file_that_holds_no_recipe_gets_a_sentence(run, raw, tmp_path, content, more):
    (tmp_path / "r.json").write_text(content)

    status, _, err = run("clean", raw, "--to", tmp_path / "a.txt", "--recipe", tmp_path / "r.json", *more)

    assert status == 1
    assert "The recipe can't be read" in err
    assert "r.json" in err


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("raw.jsonl", "would replace a document that is to be read"),
        ("linked/../raw.jsonl", "would replace a document that is to be read"),
        ("more/corpus.txt", "more, whose files are the documents"),
        ("linked/corpus.txt", "more, whose files are the documents"),
        ("notes.txt", "notes.recipe.json would replace a document"),
        ("kept.txt", "kept.recipe.json is a folder, a device or a pipe"),
        ("more", "more is a folder; name a file in it"),
        ("pipe", "pipe is a folder, a device or a pipe, not a file"),
        ("raw.jsonl/below/corpus.txt", "raw.jsonl is a file, not a folder"),
        ("a" * 250 + ".txt", "File name too long"),
        ("a" * 300 + "/corpus.txt", "File name too long"),
    ],
)
def test_a_target_that_would_not_do_is_refused_before_anything_is_done(run, raw, tmp_path, target, said):
    more, notes = tmp_path / "more", tmp_path / "notes.recipe.json"
    more.mkdir()
    (more / "b.jsonl").write_bytes(raw.read_bytes())
    (tmp_path / "linked").symlink_to(more)
    notes.write_bytes(raw.read_bytes())
    (tmp_path / "kept.recipe.json").mkdir()
    os.mkfifo(tmp_path / "pipe")

    def found():
        return {path: (path.lstat().st_ino, path.lstat().st_mtime_ns) for path in tmp_path.rglob("*")}

    before = found()

    status, _, err = run("clean", raw, more, notes, "--to", f"{tmp_path}/{target}", "--column", "body")

    assert status == 1
    assert said in " ".join(err.split())
    assert "goes on where it stopped" not in err
    assert found() == before


def test_a_document_without_a_name_is_not_the_folder_one_is_in(run, raw, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "more").mkdir()

    status, _, err = run("clean", "", "--to", "more/out.txt")

    assert (status, "the name of a document is empty" in err) == (2, True)


def test_a_target_in_a_bucket_is_refused_with_the_way_there(run, raw, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    status, _, err = run("clean", raw, "--to", "s3://team-text/corpora/a.txt", "--column", "body")

    assert status == 1
    assert "--to is s3://team-text/corpora/a.txt" in err
    assert "wordvectors train FILE" in err
    assert list(tmp_path.iterdir()) == [raw]


def test_all_that_a_target_would_replace_is_named_at_once(run, raw, tmp_path):
    (tmp_path / "raw.jsonl.recipe.json").mkdir()

    _, _, err = run("clean", raw, "--to", raw, "--column", "body")

    said = " ".join(err.split())
    assert "would replace a document" in said
    assert "raw.jsonl.recipe.json is a folder, a device or a pipe" in said


def test_what_is_not_there_is_named(run, tmp_path):
    status, _, err = run("clean", tmp_path / "nothing", "--to", tmp_path / "a.txt")
    assert status == 1
    assert "no such file or folder" in " ".join(err.split())
    status, _, err = run("corpus", "stats", tmp_path / "nothing")
    assert status == 1
    assert "no such file" in " ".join(err.split())


def test_stats_of_a_corpus(run, raw, tmp_path):
    run("clean", raw, "--to", tmp_path / "a.txt", "--column", "body", "--workers", 1)

    status, _, err = run("corpus", "stats", tmp_path / "a.txt", "--vector-dim", "0")
    assert (status, "hyperparameters.vector_dim is 0; allowed is" in err) == (1, True)
    status, out, _ = run("corpus", "stats", tmp_path / "a.txt", "--json")
    assert status == 0
    found = json.loads(out)
    assert found["signs"]["lines"] == 2
    assert found["recipe"]["version"] == 1
    sets = {"WS-353", "WS-353-REL", "WS-353-SIM", "SimLex-999", "Google-analogies"}
    assert found["missing"] == dict.fromkeys(sets, 1.0)
    assert any("are few for vector_dim=100" in warning for warning in found["warnings"])

    status, out, _ = run("corpus", "stats", tmp_path / "a.txt")
    assert "version 1" in out
    assert "100% of the questions have a word" in " ".join(out.split())
    assert "MIN_COUNT" in out
    assert "can be ranked by none of the scores" in " ".join(out.split())


def test_stats_say_which_scores_can_rank_runs_of_a_text_in_another_language(run, tmp_path):
    (tmp_path / "a.txt").write_bytes(text())
    words = [word for subject in SUBJECTS for word in subject]
    pairs = [f"{word} {other} {place}\n" for place, (word, other) in enumerate(itertools.pairwise(words))]
    (tmp_path / "own.csv").write_text("".join(pairs))

    status, out, _ = run("corpus", "stats", tmp_path / "a.txt", "--set", tmp_path / "own.csv")

    said = " ".join(out.split())
    assert status == 0
    assert "With min_count=5, the default, 60 words get a vector; the rest, 0.0% of the text" in said
    assert "Runs of this text can be ranked by own.csv, own-text." in said
    assert "too few words for WS-353, WS-353-REL" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b"the cat sat\n" * 100), "a gzip archive"),
        ("the cat sat".encode("utf-16"), "UTF-16 text"),
        (bytes(range(128, 256)), "is not UTF-8"),
        ("the café is here".encode("latin-1"), "is not UTF-8"),
        (b"the cat\0sat", "is NUL"),
        (b"", "is empty"),
        (b" \n\n", "nothing but white space"),
        (None, "it is a folder"),
    ],
    ids=["gzip", "utf-16", "bytes", "latin-1", "nul", "empty", "blank", "folder"],
)
def test_what_is_no_text_is_not_counted(run, tmp_path, content, said):
    corpus = tmp_path / "a.txt"
    corpus.mkdir() if content is None else corpus.write_bytes(content)

    status, out, err = run("corpus", "stats", corpus)

    assert (status, out) == (1, "")
    assert said in " ".join(err.split())


def test_a_recipe_that_cannot_be_written_is_told_with_the_corpus_that_is(run, tmp_path, monkeypatch):
    def full(*given):
        raise OSError(errno.ENOSPC, "No space left on device", "o.recipe.json")

    (tmp_path / "raw.txt").write_text("three small words stand here\n")
    monkeypatch.setattr(origin, "write_origin", full)

    status, _, err = run("clean", tmp_path / "raw.txt", "--to", tmp_path / "o.txt")

    assert status == 1
    assert "o.txt is written, but its recipe could not be written beside it" in err
    assert (tmp_path / "o.txt").read_text() == "three small words stand here\n"


def test_a_disk_that_fills_up_is_told_with_the_corpus_and_leaves_none(tmp_path):
    """The largest file that the process may write stands in for a full disk."""
    (tmp_path / "raw.txt").write_text("three small words stand here\n" * 5_000)
    command = [sys.executable, "-m", "wordvectors.cli", "clean", str(tmp_path / "raw.txt"), "--to"]

    ended = subprocess.run(
        [*command, str(tmp_path / "o.txt")],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000)),
    )

    assert ended.returncode == 1
    assert "o.txt: File too large" in ended.stderr
    assert "o.txt" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "o.txt").exists()


def test_a_document_whose_name_is_too_long_is_not_called_an_interruption(run, tmp_path):
    status, _, err = run("clean", "x" * 300, "--to", tmp_path / "o.txt")

    assert status == 1
    assert "The documents can't be read" in err
    assert "xxx" in err
