"""The bench's pieces: what it asks of programs, what it makes of their output, and what it shows."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from bench import report, scores, terminal
from bench.__main__ import main
from bench.contenders import Contender, ContenderFailed, Measurement
from bench.corpora import first_words
from bench.machine import kernel_cost
from bench.rounds import trainings
from bench.scores import found_again, score_file, typos, word_pair_sets
from bench.settings import MODES, Settings
from bench.worker import unknown_vectors
from wordvectors.evaluation import analogies
from wordvectors.vectors.vectors_txt import read_vectors_txt


def measurement(contender: str, threads: int, number: int, speed: float) -> Measurement:
    return Measurement("cbow", contender, threads, number, 2.0, 3.0, 4.0, speed, 10**8, 20)


MEASURED = [
    measurement("gensim", 1, 0, 1e5),
    measurement("wordvectors", 1, 0, 20e5),
    measurement("gensim", 1, 1, 2e5),
    measurement("wordvectors", 1, 1, 30e5),
]


def test_ratios_are_taken_round_by_round():
    ours = next(row for row in report.summarize(MEASURED) if row["contender"] == "wordvectors")
    assert ours["words_per_second"] == [25e5, 20e5, 30e5]
    assert ours["ratio"] == [17.5, 15, 20]
    assert ours["cpu_words_per_second"] == 12.5e5


def test_the_best_ratio_is_to_the_fastest_of_the_others_in_the_round():
    measured = [*MEASURED, measurement("fastText", 1, 0, 4e5)]
    ours = next(row for row in report.summarize(measured) if row["contender"] == "wordvectors")
    assert ours["best_ratio"] == [10, 5, 15]


def test_others_train_skipgram_once_for_both_of_our_modes():
    taking_part = [Contender("wordvectors"), Contender("gensim"), Contender("fastText")]
    planned = list(trainings(taking_part, MODES, [1, 2], 2))
    ours = [one for one in planned if one.contender.name == "wordvectors"]
    gensims = [one for one in planned if one.contender.name == "gensim"]
    slow = [one for one in planned if one.contender.name == "fastText"]
    assert (len(ours), len(gensims), len(slow)) == (5 * 2 * 2, 4 * 2 * 2, 4 * 2)
    for threads in (1, 2):
        served = [mode for one in gensims if (one.threads, one.round) == (threads, 0) for mode in one.modes]
        assert sorted(served) == sorted(MODES)
    only = list(trainings(taking_part, {"batch_skipgram": MODES["batch_skipgram"]}, [1], 1))
    assert [one.modes for one in only] == [("batch_skipgram",)] * 3
    seconds = [one.seconds(10**7) for one in only]
    assert seconds == sorted(seconds)
    assert planned[0].seconds(10**7) > 2 * planned[0].seconds(10**6)


def test_the_picture_is_an_svg_with_a_bar_for_each_speed():
    rows = report.summarize([*MEASURED, measurement("a < b", 2, 0, 1e4)])
    root = ElementTree.fromstring(report.bar_chart(rows, "speed & more"))
    text = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "2.50 M/s · 17.5 × gensim" in text
    assert "cbow" in text
    assert "a < b" in text


def test_the_tables_show_what_was_measured():
    rows = report.summarize(MEASURED)
    of_contenders = {
        "wordvectors": [
            {"WS-353": {"score": 0.6, "coverage": 1.0}},
            {"WS-353": {"score": 0.7, "coverage": 1.0}},
        ]
    }
    limits = {"processor": "test", "cores": 2, "gflops": {1: 80.0}, "copy_gb_per_second": {1: 10.0}}
    cost = {"kept": 0.5, "flops": 8000.0, "bytes": 4000.0}
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    for table in (
        report.speed_table(rows, "cbow"),
        report.score_table(of_contenders, "cbow"),
        report.limit_table(rows, limits, cost),
    ):
        console.print(table)
    shown = console.export_text()
    for expected in ("2.50 (2.00 – 3.00)", "17.50 (15.00 – 20.00)", "0.650 (0.600 – 0.700)", "20.0", "25%"):
        assert expected in shown


def test_a_programs_training_is_timed_by_what_it_prints():
    chunks = [
        (1.0, b"Starting training using file\nVocab size: 9\n"),
        (3.0, b"Words in train file: 17\n"),
        (4.0, b"\rAlpha: 0.02  Progress: 50.00%  Words/thread/sec: 100k"),
        (9.0, b"\rAlpha: 0.00  Progress: 99.97%  Words/thread/sec: 100k"),
        (12.0, b"saved"),
    ]
    assert terminal.training_seconds(chunks, 0.0, 13.0) == 6.0
    assert terminal.training_seconds(chunks[:2], 0.0, 13.0) == 10.0
    assert terminal.training_seconds([], 0.0, 13.0) == 13.0


def test_a_program_runs_on_a_terminal_and_its_memory_is_its_own():
    held = bytearray(300 << 20)
    code = "import sys, time; print(sys.stdout.isatty()); time.sleep(0.2); print('end'); sys.exit(3)"
    finished = terminal.run([sys.executable, "-c", code])
    assert finished.status == 3
    assert finished.output.split() == ["True", "end"]
    assert finished.wall >= 0.2
    assert 0 < finished.peak_bytes < len(held) / 2


WORD2VEC = """
import sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
assert given["-size"] == "100" and given["-negative"] == "5" and given["-hs"] == "0" and given["-cbow"] == "0"
assert given["-window"] == "5" and given["-sample"] == "0.0001" and given["-iter"] == "2", given
assert given["-alpha"] == "0.05" and given["-min-count"] == "5" and given["-threads"] == "2"
print("Words in train file: 17")
open(given["-output"], "w").write("1 2\\nword 1 2\\n")
"""


def test_a_further_binary_is_given_word2vecs_options(tmp_path: Path):
    binary = tmp_path / "word2vec"
    binary.write_text(f"#!{sys.executable}\n{WORD2VEC}")
    binary.chmod(0o755)
    vectors = tmp_path / "vectors.txt"
    measured = Contender("mine", str(binary)).measure(tmp_path, 100, 2, 0, Settings(epochs=2), vectors)
    assert (measured.contender, measured.threads) == ("mine", 2)
    assert measured.words_per_second == pytest.approx(200 / measured.seconds)
    assert vectors.exists()


def test_a_contender_that_fails_is_named_with_its_output(tmp_path: Path):
    with pytest.raises(ContenderFailed, match=r"gensim ended with status 1(?s:.*)FileNotFoundError"):
        Contender("gensim").measure(tmp_path / "none.txt", 1, 1, 0, Settings(), tmp_path / "vectors.txt")


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("wordvectors", {}),
        ("gensim", {}),
        ("gensim corpus_file", {}),
        ("wordvectors", {"mode": "cbow", "subwords": True}),
        ("gensim", {"mode": "cbow", "subwords": True}),
    ],
    ids=str,
)
def test_each_contender_trains_and_leaves_vectors(tmp_path: Path, name: str, given: dict):
    corpus, vectors = tmp_path / "my.txt", tmp_path / "vectors.txt"
    corpus.write_text("a b c d e f\n" * 200)
    measured = Contender(name).measure(corpus, 1200, 1, 0, Settings(vector_dim=8, epochs=1, **given), vectors)
    assert measured.seconds < measured.job_seconds
    assert measured.peak_bytes > 10 << 20
    assert read_vectors_txt(vectors).matrix.shape == (6, 8)


def test_sets_come_with_gensim_and_from_a_folder(tmp_path: Path):
    assert list(word_pair_sets(tmp_path)) == ["WS-353", "WS-353-REL", "WS-353-SIM", "SimLex-999"]
    (tmp_path / "EN-MTurk-771.txt").write_text("a b 1\n")
    assert len(word_pair_sets(None)["SimLex-999"].pairs) == 999
    assert list(word_pair_sets(tmp_path))[-1] == "MTurk-771"


def test_a_corpus_is_cut_after_the_line_that_has_the_last_word(tmp_path: Path):
    whole, cut = tmp_path / "whole.txt", tmp_path / "cut.txt"
    whole.write_text("a b c\nd e\nf g h\n")
    first_words(whole, cut, 4)
    assert cut.read_text() == "a b c\nd e\n"


def test_programs_are_asked_the_same_analogies_in_whatever_order_they_have_words(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(analogies, "MOST_FREQUENT", 4)
    rows = {
        "king": "1 0",
        "man": "0.9 0.1",
        "queen": "0 1",
        "woman": "0.1 0.9",
        "boy": "0.8 0",
        "girl": "0 0.8",
    }
    asked = set()
    for name, order in {"one": list(rows), "other": list(reversed(rows))}.items():
        path = tmp_path / f"{name}.txt"
        path.write_text("6 2\n" + "".join(f"{word} {rows[word]}\n" for word in order))
        asked.add(tuple(score_file(path, {}, list(rows))["Google-analogies"].values()))
    ((_, coverage),) = asked
    assert coverage > 0


def test_typos_are_the_same_each_time_and_no_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scores, "MISSPELT", range(1, 5))
    words = ["nothing", "company", "because", "seventh", "eighteen", "cat"]
    made = typos(words)
    assert made == {"cmopany": "company", "bcause": "because", "seeventh": "seventh", "eihgteen": "eighteen"}
    assert typos([*words, "bcause"]) == {typo: word for typo, word in made.items() if typo != "bcause"}


def test_a_typo_counts_if_its_word_is_among_the_ten_nearest():
    around = np.linspace(0.01, 0.2, 20)
    words = [f"near{n}" for n in range(20)]
    matrix = np.stack([np.cos(around), np.sin(around)], axis=1).astype(np.float32)
    misspelt = {"x": "near9", "y": "near10"}
    vectors = {typo: np.array([5.0, 0.0], np.float32) for typo in misspelt}
    assert found_again(vectors, misspelt, words, matrix) == 0.5


def test_vectors_of_unknown_words_are_written_beside_the_others(tmp_path: Path):
    corpus, vectors, unknown = tmp_path / "my.txt", tmp_path / "vectors.txt", tmp_path / "unknown.txt"
    corpus.write_text("alphabet beta gamma delta\n" * 300)
    unknown.write_text("alphabets\nzzzzzz\n")
    settings = Settings(mode="cbow", subwords=True, vector_dim=8, epochs=1)
    Contender("wordvectors").measure(corpus, 1200, 1, 0, settings, vectors, unknown)
    assert read_vectors_txt(unknown_vectors(vectors)).words == ["alphabets"]


def test_the_cost_of_a_word_counts_the_words_that_are_kept():
    settings = Settings(vector_dim=100, window_size=5, sampling_threshold=1e-4)
    cost = kernel_cost(np.array([10**4, 10**2]), 10**8, settings, shared_negatives=20)
    assert cost.kept == pytest.approx((10**4 + 10**2) / 10**8)  # rarer than the threshold: all are kept
    assert cost.flops == pytest.approx(cost.kept * 6 * 100 * 26)
    frequent = kernel_cost(np.array([10**8]), 10**8, settings, shared_negatives=20)
    assert frequent.kept == pytest.approx(0.0101)


def test_options_that_make_no_sense_are_refused(capsys: pytest.CaptureFixture[str]):
    for wrong in (["--corpus", "/nowhere"], ["--also", "name"], ["--also", "x=/nowhere"]):
        with pytest.raises(SystemExit):
            main(wrong)
    assert "/nowhere is not a file" in capsys.readouterr().err
