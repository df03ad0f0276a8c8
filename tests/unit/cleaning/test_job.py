"""Cleaning as a job: the same bytes whoever works, whatever kills it, and nothing half-written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordvectors.cleaning import batch, deduplicate, job
from wordvectors.cleaning.clean import Cleaner
from wordvectors.cleaning.documents import Reading, UnreadableSource
from wordvectors.cleaning.job import SMALL_BYTES, TargetInUse, TooManyBad, clean_corpus, worthwhile_workers
from wordvectors.cleaning.origin import origin_path, recipe_of, write_origin
from wordvectors.cleaning.recipe import CleaningRecipe, InvalidRecipe, read_recipe
from wordvectors.cleaning.sources import raw_files
from wordvectors.threads import processors

PROJECT = Path(__file__).resolve().parents[3]


def raw(folder: Path, documents: list[str], name: str = "raw.jsonl") -> list:
    (folder / name).write_text("".join(json.dumps({"text": text}) + "\n" for text in documents))
    return raw_files([folder / name])


def some_documents(count: int) -> list[str]:
    return [
        f"The cat number {n % 97} sat on mat {n}. It said: don't! And then Dr. Who — left."
        for n in range(count)
    ]


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(batch, "BATCH_BYTES", 10_000)
    monkeypatch.setattr("wordvectors.cleaning.readers.formats.BLOCK_BYTES", 5_000)


def test_the_corpus_is_the_documents_sentences_in_order(tmp_path):
    documents = some_documents(50)
    cleaner = Cleaner(CleaningRecipe())

    cleaned = clean_corpus(raw(tmp_path, documents), tmp_path / "out.txt", CleaningRecipe())

    expected = [sentence for document in documents for sentence in cleaner.sentences(document)]
    assert (tmp_path / "out.txt").read_text().splitlines() == expected
    assert cleaned.sentences == len(expected)
    assert cleaned.counts.tokens == sum(len(sentence.split()) for sentence in expected)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.txt", "raw.jsonl"]


def test_all_processors_clean_unless_there_is_little(tmp_path):
    with (tmp_path / "raw.txt").open("wb") as file:
        file.truncate(SMALL_BYTES - 1)
    little = raw_files([tmp_path / "raw.txt"])

    assert worthwhile_workers(little) == 1
    assert worthwhile_workers(little * 2) == processors()


@pytest.mark.parametrize("by", ["none", "sentences", "documents"])
def test_the_number_of_workers_changes_no_byte(tmp_path, small_batches, by):
    files = raw(tmp_path, some_documents(400) * 2)
    recipe = CleaningRecipe(deduplicate=by, phrases=by == "sentences")

    for workers in (1, 4):
        clean_corpus(files, tmp_path / f"{workers}.txt", recipe, workers=workers)

    assert (tmp_path / "1.txt").read_bytes() == (tmp_path / "4.txt").read_bytes()


LINES = st.lists(st.sampled_from(["a b c", "d e f", "g h i", "j k l m"]), max_size=4)


@given(documents=st.lists(LINES, min_size=1, max_size=12), part=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_one_of_each_stays_whatever_the_order(tmp_path_factory, documents, part):
    folder = tmp_path_factory.mktemp("duplicates")
    texts = ["\n".join(lines) for lines in documents]
    before = deduplicate.UNITS_PER_PART, deduplicate.UNITS_PER_READ
    deduplicate.UNITS_PER_PART = deduplicate.UNITS_PER_READ = part
    try:
        if not any(documents):
            return
        for number, order in enumerate((texts, texts[::-1])):
            for by in ("sentences", "documents"):
                recipe = CleaningRecipe(deduplicate=by)
                clean_corpus(raw(folder, order), folder / f"{by}{number}.txt", recipe)
    finally:
        deduplicate.UNITS_PER_PART, deduplicate.UNITS_PER_READ = before

    def lines_of(name):
        return (folder / name).read_text().splitlines()

    everything = [line for lines in documents for line in lines]
    assert lines_of("sentences0.txt") == list(dict.fromkeys(everything))
    assert Counter(lines_of("sentences1.txt")) == Counter(set(everything))
    distinct = dict.fromkeys(map(tuple, documents))
    assert lines_of("documents0.txt") == [line for lines in distinct for line in lines]
    assert Counter(lines_of("documents1.txt")) == Counter(lines_of("documents0.txt"))


SLOW = """
import sys, time
from pathlib import Path
from wordvectors.cleaning import batch, job
from wordvectors.cleaning.readers import formats
from wordvectors.cleaning.recipe import CleaningRecipe
from wordvectors.cleaning.sources import raw_files
batch.BATCH_BYTES, formats.BLOCK_BYTES, job.SECONDS_BETWEEN_ENTRIES = 10_000, 5_000, 0.0
def report(counts):
    print(counts.documents, flush=True)
    time.sleep(0.02)
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    files = raw_files([folder / "raw.jsonl"])
    recipe = CleaningRecipe(deduplicate="sentences")
    done = job.clean_corpus(files, folder / "out.txt", recipe, workers=2, report=report)
    print("resumed", done.resumed_batches)
"""


def test_a_killed_job_goes_on_where_it_was(tmp_path):
    files = raw(tmp_path, some_documents(4000))
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    command = [sys.executable, str(script), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as running:
        while int(running.stdout.readline()) < 1000:
            assert running.poll() is None
        workers = _children(running.pid)
        running.send_signal(signal.SIGKILL)
    assert not (tmp_path / "out.txt").exists()
    assert workers
    deadline = time.monotonic() + 30
    while any(_runs(worker) for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_runs(worker) for worker in workers)

    ended = subprocess.run(command, capture_output=True, text=True, env=environment)

    assert int(ended.stdout.rpartition("resumed ")[2]) > 5
    clean_corpus(files, tmp_path / "whole.txt", CleaningRecipe(deduplicate="sentences"))
    assert (tmp_path / "out.txt").read_bytes() == (tmp_path / "whole.txt").read_bytes()


def _children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children")
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True
    ).stdout
    return [int(child) for child in (listed.read_text() if listed.exists() else found).split()]


def _runs(process: int) -> bool:
    state = Path(f"/proc/{process}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_kill_when_the_corpus_has_appeared_costs_nothing(tmp_path, small_batches, monkeypatch):
    files = raw(tmp_path, some_documents(1000))

    def killed(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "SECONDS_BETWEEN_ENTRIES", 0.0)
    with monkeypatch.context() as patched:
        patched.setattr(job.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            clean_corpus(files, tmp_path / "out.txt", CleaningRecipe())
    whole = (tmp_path / "out.txt").read_bytes()

    clean_corpus(files, tmp_path / "out.txt", CleaningRecipe())

    assert (tmp_path / "out.txt").read_bytes() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.txt", "raw.jsonl"]


def test_another_recipe_begins_anew(tmp_path, small_batches, monkeypatch):
    monkeypatch.setattr(job, "SECONDS_BETWEEN_ENTRIES", 0.0)
    files = raw(tmp_path, some_documents(800))

    def interrupted(counts):
        if counts.documents > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clean_corpus(files, tmp_path / "out.txt", CleaningRecipe(), report=interrupted)

    assert clean_corpus(files, tmp_path / "out.txt", CleaningRecipe(lower=False)).resumed_batches == 0
    with pytest.raises(KeyboardInterrupt):
        clean_corpus(files, tmp_path / "out.txt", CleaningRecipe(), report=interrupted)
    assert clean_corpus(files, tmp_path / "out.txt", CleaningRecipe()).resumed_batches > 0


def test_too_many_bad_documents_fail_the_job_and_leave_what_was_there(tmp_path):
    (tmp_path / "out.txt").write_text("as it was\n")
    (tmp_path / "raw.jsonl").write_text('{"text": "a good one here"}\n' * 99 + "bad\n" * 2)
    files = raw_files([tmp_path / "raw.jsonl"])

    with pytest.raises(
        TooManyBad, match=r"2 of 101 documents \(2\.0%\) are bad; 1\.0% are allowed"
    ) as raised:
        clean_corpus(files, tmp_path / "out.txt", CleaningRecipe())

    assert raised.value.counts.samples[0].startswith(f"{tmp_path}/raw.jsonl, byte {99 * 28:,}: no JSON")
    assert (tmp_path / "out.txt").read_text() == "as it was\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.txt", "raw.jsonl"]
    cleaned = clean_corpus(files, tmp_path / "out.txt", CleaningRecipe(), most_bad=0.05)
    assert (cleaned.counts.documents, cleaned.counts.bad) == (101, 2)


def test_where_the_bad_documents_are_makes_no_difference(tmp_path, small_batches):
    good, bad = '{"text": "a good one here"}\n' * 20_000, "bad\n" * 100
    for number, text in enumerate((bad + good, good + bad)):
        (tmp_path / f"{number}.jsonl").write_text(text)
        cleaned = clean_corpus(
            raw_files([tmp_path / f"{number}.jsonl"]), tmp_path / f"{number}.txt", CleaningRecipe()
        )
        assert (cleaned.counts.documents, cleaned.counts.bad) == (20_100, 100)


def test_documents_in_a_script_without_blanks_are_bad_ones(tmp_path):
    with pytest.raises(TooManyBad) as raised:
        clean_corpus(raw(tmp_path, ["北京是中国的首都"]), tmp_path / "out.txt", CleaningRecipe())
    assert "segmented=true" in raised.value.counts.samples[0]


def test_without_a_sentence_nothing_is_written(tmp_path):
    with pytest.raises(UnreadableSource, match="no sentence of 3 words or more is in 1 documents"):
        clean_corpus(raw(tmp_path, ["too short"]), tmp_path / "out.txt", CleaningRecipe())
    assert [path.name for path in tmp_path.iterdir()] == ["raw.jsonl"]


def test_two_jobs_do_not_write_the_same_corpus(tmp_path):
    files = raw(tmp_path, some_documents(5))

    def second(counts):
        with pytest.raises(TargetInUse):
            clean_corpus(files, tmp_path / "out.txt", CleaningRecipe())

    clean_corpus(files, tmp_path / "out.txt", CleaningRecipe(), report=second)


def test_the_recipe_stays_with_the_corpus_until_it_is_changed(tmp_path):
    recipe = CleaningRecipe(keep_numbers=False)
    target = tmp_path / "out.txt"
    write_origin(target, recipe, clean_corpus(raw(tmp_path, some_documents(5)), target, recipe, Reading()))

    assert origin_path(target).name == "out.recipe.json"
    assert recipe_of(target) == recipe
    target.write_text(target.read_text().replace("cat", "dog", 1))
    assert recipe_of(target) is None


def test_a_recipe_names_all_faults_and_is_canonical():
    with pytest.raises(InvalidRecipe) as raised:
        read_recipe({"lower": "perhaps", "urls": "burn", "colour": 1})
    assert [fault.split()[0] for fault in raised.value.faults] == ["lower", "urls", "colour"]
    with pytest.raises(InvalidRecipe, match="PyThaiNLP"):
        read_recipe({"language": "th"})
    with pytest.raises(InvalidRecipe, match="less than min_tokens"):
        read_recipe({"min_tokens": 5, "max_tokens": 4})
    text = CleaningRecipe().to_json()
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert CleaningRecipe.model_validate_json(text).to_json() == text
    assert (
        len(CleaningRecipe(phrases=True).to_json()) < 1000
    )  # of the 2 KB that an object's metadata may have


FIRST_MOMENT = """
import signal, sys
from pathlib import Path
blocked = signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
print(__name__, blocked, flush=True)
from wordvectors.cleaning import job
from wordvectors.cleaning.recipe import CleaningRecipe
from wordvectors.cleaning.sources import raw_files
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    job.clean_corpus(raw_files([folder / "raw.jsonl"]), folder / "out.txt", CleaningRecipe(), workers=3)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
"""


def test_a_worker_does_not_hear_ctrl_c_from_its_first_moment_on(tmp_path):
    """A press in a terminal goes to all of its processes; one that is still importing would show a traceback."""
    raw(tmp_path, some_documents(50))
    script = tmp_path / "first.py"
    script.write_text(FIRST_MOMENT)

    ended = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )  # fmt: skip

    started = ended.stdout.splitlines()
    assert started[0] == "__main__ False"
    assert set(started[1:]) == {"__mp_main__ True"}


def test_a_process_that_ends_at_once_leaves_nothing_to_be_warned_of():
    """As one does that Ctrl-C ended: Python's resource tracker removes its semaphores, and would say so."""
    script = (
        "import os; from wordvectors.cleaning.workers import Workers; "
        "pool = Workers(1); pool.submit(os.getpid).result(); os._exit(130)"
    )

    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (ended.returncode, ended.stderr) == (130, "")
