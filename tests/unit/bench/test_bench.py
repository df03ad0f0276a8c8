"""The bench's pieces: what it asks of programs, what it makes of their output, and what it shows."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from bench import report, terminal
from bench.__main__ import main
from bench.contenders import Contender, ContenderFailed, Measurement
from bench.machine import kernel_cost
from bench.scores import word_pair_sets
from bench.settings import Settings
from wordvectors.vectors.vectors_txt import read_vectors_txt


def measurement(contender: str, threads: int, number: int, speed: float) -> Measurement:
    return Measurement(contender, threads, number, 2.0, 3.0, 4.0, speed, 10**8, 20)


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


def test_the_picture_is_an_svg_with_a_bar_for_each_speed():
    rows = report.summarize([*MEASURED, measurement("a < b", 2, 0, 1e4)])
    root = ElementTree.fromstring(report.bar_chart(rows, "speed & more"))
    text = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "2.50 M/s · 17.5 × gensim" in text
    assert "a < b" in text


def test_the_tables_show_what_was_measured():
    rows = report.summarize(MEASURED)
    scores = {
        "wordvectors": [
            {"WS-353": {"score": 0.6, "coverage": 1.0}},
            {"WS-353": {"score": 0.7, "coverage": 1.0}},
        ]
    }
    limits = {"processor": "test", "cores": 2, "gflops": {1: 80.0}, "copy_gb_per_second": {1: 10.0}}
    cost = {"kept": 0.5, "flops": 8000.0, "bytes": 4000.0}
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    for table in (
        report.speed_table(rows),
        report.score_table(scores),
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
    assert list(word_pair_sets(tmp_path)) == ["WS-353", "WS-rel", "WS-sim", "SimLex"]
    (tmp_path / "EN-MTurk-771.txt").write_text("a b 1\n")
    assert len(word_pair_sets(None)["SimLex"].pairs) == 999
    assert list(word_pair_sets(tmp_path))[-1] == "MTurk-771"


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
