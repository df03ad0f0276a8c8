"""Tables and sentences lose nothing: in no terminal, however narrow, in no pipe, in no alphabet."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress

import boto3
import pytest
from rich.cells import cell_len
from typer.main import get_command

from tests.unit.cli.terminal import terminal
from tests.unit.conftest import TABLE, trained
from tests.unit.tuning.tunings import planned
from wordvectors.aws.tuning_table import TuningTable
from wordvectors.cli import main
from wordvectors.cli.app import app
from wordvectors.cli.output import CommandError, report

WIDTHS = [40, 60, 80, 200]
RUNS = [f"wv-a-corpus-with-quite-a-long-name-of-its-own-{end * 12}" for end in "abc"]
MODEL = "s3://team-text-with-a-bucket-of-a-name-that-does-not-fit-anywhere/models/{}/output/model.tar.gz"
WORDS = ["king", "王様", "👩‍👩‍👧", "e\u0301cole", "क्षत्रिय", "donaudampfschifffahrtsgesellschaftskapitän"]
SETS = {
    "WS-353": {"spearmans_rho": 0.7045, "not_found": 2, "total_pairs": 353, "coverage": 0.99},
    "eine-eigene-Menge-mit-langem-Namen-王様": {
        "note": "no score: s3://team-text/evaluation/eine-eigene-Menge-mit-langem-Namen.csv is gone"
    },
}
COST = {
    "price_per_hour": 0.204,
    "currency": "USD",
    "price_date": "2026-11-20",
    "most": 4.896,
    "actual": 0.0413,
}


@pytest.fixture
def runs(account, run):
    """Three runs whose facts are long, with models; `run` connects the command line to them."""
    vectors = f"{len(WORDS)} 3\n" + "".join(f"{word} 1 {place} 0.5\n" for place, word in enumerate(WORDS))
    for number, run_id in enumerate(RUNS):
        trained(
            account, run_id, vectors, {"hyperparameters": {"vector_dim": 50 + number}},
            mean_rho=0.7001 + number / 10_000,
            cost=COST,
            warnings=["a table of 12,345,678 words was cut by min_count", "another warning"],
            progress={"percent": 100.0, "words_per_second": 1_234_567.0},
            evaluation={"sets": SETS},
            training={"vocabulary": 71_290, "billed_instance_seconds": 729},
            artifacts={"model": MODEL.format(run_id)},
        )  # fmt: skip
    run("promote", RUNS[1])
    TuningTable(boto3.client("dynamodb"), TABLE).claim(planned())
    account.put("evaluation/own.csv", "cat,dog,9\ncat,mat,1\n")


@pytest.fixture
def call(runs, monkeypatch):
    """Run a command in a terminal so wide, and return that."""

    def run_command(columns: int, *arguments: str):
        monkeypatch.setattr("sys.argv", ["wordvectors", *arguments])
        with terminal(columns) as used, suppress(SystemExit):
            main()
        return used

    return run_command


def commands(tmp_path) -> dict[str, tuple[list[str], list[str]]]:
    """Return each command that prints a table, and the cells that have to be there."""
    corpus = tmp_path / ("a-corpus-of-a-long-name-" + "x" * 40 + ".txt")
    corpus.write_text("the cat sat on the mat\nthe dog sat on the log\n" * 50)
    scores = ["0.7045", "0.7001", "WS-353", "351 of 353", "99%", *SETS]
    facts = [RUNS[0], MODEL.format(RUNS[0]), "s3://team-text/corpora/blogs.txt", "71,290 words", "12,345,678"]
    return {
        "runs": (["runs"], [*RUNS, "COMPLETED", "0.7001 [0.64, 0.76] 99%", "0.7003", "$0.0413"]),
        "runs by a set": (["runs", "--by", "WS-353"], [*RUNS, "WS-353", "0.7045"]),
        "show": (["show", RUNS[0]], [*facts, *scores]),
        "neighbours": (["neighbours", RUNS[0], *WORDS[:5]], [*WORDS, "0.745"]),
        "analogy": (["analogy", RUNS[0], *WORDS[:3]], [" : ".join(WORDS[:2]), *WORDS[3:]]),
        "compare": (
            ["compare", *RUNS, "--probe", "king"],
            [*RUNS, "hyperparameters.vector_dim", "50", "51", "52", "0.7003", "$0.0413"],
        ),
        "best": (["best", "--corpus", "blogs"], [RUNS[2]]),
        "corpus stats": (["corpus", "stats", str(corpus)], ["MIN_COUNT", "VOCABULARY", "of which 98.0%"]),
        "clean": (
            ["clean", str(corpus), "--to", str(tmp_path / "clean" / "clean.txt")],
            [str(tmp_path / "clean" / "clean.txt"), "wordvectors corpus stats", "Sentences"],
        ),
        "logs": (["logs", RUNS[0]], [RUNS[0]]),
        "history": (["history"], ["@blogs", RUNS[1], "0.7002", "UTC"]),
        "tunings": (["tunings"], ["tuning-blogs-0123456789ab", "SEARCHING"]),
        "sets list": (["sets", "list"], ["SimLex-999", "comes with the project", "evaluation/own.csv"]),
        "sets show": (["sets", "show", "own"], ["own", "1 to 9", "WORD", "SCORE", "cat"]),
        "rm": (["rm", RUNS[0], "--dry-run"], [RUNS[0], "COMPLETED", "0.7001", "VERSIONS"]),
        "prune": (
            ["prune", "--keep-best", "0", "--dry-run"],
            [RUNS[0], RUNS[2], f"{RUNS[1]} is promoted as @blogs"],
        ),
        "disk": (["disk"], ["models/", "OLD VERSIONS", "of at most 10.0 GB"]),
    }


NAMES = [
    "runs",
    "runs by a set",
    "show",
    "neighbours",
    "analogy",
    "compare",
    "best",
    "corpus stats",
    "clean",
    "logs",
    "history",
    "tunings",
    "sets list",
    "sets show",
    "rm",
    "prune",
    "disk",
]


@pytest.mark.parametrize("name", NAMES)
def test_each_cell_is_there_as_a_whole_in_a_terminal_of_any_width(call, tmp_path, monkeypatch, name):
    monkeypatch.setenv("NO_COLOR", "1")
    arguments, cells = commands(tmp_path)[name]

    for columns in WIDTHS:
        text = re.sub("\x1b.*?[A-Za-z]", "", call(columns, *arguments).text)

        flat = " ".join(text.split())
        assert [cell for cell in cells if cell not in flat] == [], columns
        for line in text.splitlines():  # only what can't be broken is longer than the terminal is wide
            assert cell_len(line) <= columns or max(map(cell_len, line.split())) > columns - 12, line


@pytest.mark.parametrize("name", NAMES)
def test_what_is_piped_has_a_line_for_each_row(run, runs, tmp_path, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "40")
    arguments, cells = commands(tmp_path)[name]

    _, out, _ = run(*arguments)

    assert [cell for cell in cells if cell not in " ".join(out.split())] == []
    assert out == "".join(f"{line.rstrip()}\n" for line in out.splitlines())
    if name == "runs":
        assert [line.split()[0] for line in out.splitlines()] == ["RUN", *reversed(RUNS)]


def test_rows_are_blocks_where_columns_do_not_fit(call):
    assert call(200, "runs").text.splitlines()[0].split()[:3] == ["RUN", "STATUS", "MEAN_RHO"]
    block = call(60, "runs").text.splitlines()[:6]
    assert block[0] == RUNS[2]
    assert block[1:4] == [
        "  STATUS         COMPLETED",
        "  MEAN_RHO       0.7003 [0.64, 0.76] 99%",
        "  COST           $0.0413",
    ]


@pytest.mark.parametrize("columns", WIDTHS)
def test_sentences_are_wrapped_between_words(columns):
    words = [f"word{number}" for number in range(60)]
    path = "/a/path/" + "x" * 100 + "/that/is/longer/than/most"

    with terminal(columns) as used:
        report(CommandError(" ".join(words), [f"{path}: {' '.join(words)}"], " ".join(words)))

    lines = used.screen() if columns > len(path) + 4 else used.text.splitlines()
    assert " ".join(" ".join(lines).split()).split().count("word59") == 3
    assert path in used.text
    assert all(cell_len(line) <= columns for line in lines if path not in line)


def test_wrong_usage_and_help_are_wrapped_between_words(call):
    def words(columns: int, *arguments: str) -> list[str]:
        text = call(columns, *arguments).text
        assert all(cell_len(line) <= columns for line in text.splitlines())
        return text.split()

    for command in [
        ["runs", "--status", "done"],
        ["--help"],
        *([*name, "--help"] for name in every_command()),
    ]:
        assert words(40, *command) == words(60, *command) == words(80, *command) == words(200, *command)


def every_command() -> list[list[str]]:
    found = []
    for name, command in get_command(app).commands.items():
        if command.hidden:
            continue
        found += [[name, inner] for inner in getattr(command, "commands", [])] or [[name]]
    return found


def test_each_command_that_prints_a_table_is_tried():
    tried = {name.split(" by ")[0] for name in NAMES}
    no_table = {
        "train",
        "watch",
        "stop",
        "download",
        "open",
        "similarity",
        "export",
        "serve",
        "validate",
        "doctor",
        "demo",
        "promote",
        "demote",
        "rollback",
        "evaluate",
        "tune",
        "ui",
        "nn",
        "completion",
        "sets add",
        "sets remove",
        "note",
        "tag",
    }
    local = {"local start", "local stop", "local status"}
    assert {" ".join(name) for name in every_command()} == tried | no_table | local


_CHINESE = """
from wordvectors.cli.output import show_table
show_table(["WORD", "WHERE"], [["王様 👩‍👩‍👧 e\\u0301", "s3://" + "b" * 200]])
"""


def test_a_c_locale_and_no_colour_change_nothing():
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))
    }
    printed = subprocess.run(
        [sys.executable, "-c", _CHINESE],
        capture_output=True, check=True, env={**environment, "LC_ALL": "C", "NO_COLOR": "1", "COLUMNS": "40"},
    ).stdout.decode()  # fmt: skip

    assert "王様 👩‍👩‍👧 e\u0301" in printed
    assert "s3://" + "b" * 200 in printed
