"""What the Tab key offers in each shell, and words that come from standard input."""

from __future__ import annotations

import io
import json
import logging
import subprocess

import boto3
import pytest
from typer.main import get_command

from tests.unit.conftest import TABLE, trained
from tests.unit.tuning.tunings import planned
from wordvectors.aws.tuning_table import TuningTable
from wordvectors.cli.app import app

RUN_ID = "wv-blogs-0123456789ab"
VECTORS = "4 2\nking 1 0\nkitten 0 1\nqueen 0.9 0.1\napple 0 1\n"


@pytest.fixture
def named(account, run):
    trained(account, RUN_ID, VECTORS, mean_rho=0.5)
    run("promote", RUN_ID)


@pytest.fixture
def offered(run, monkeypatch):
    """What a shell is offered after some words."""

    def ask(shell: str, *words: str) -> list[str]:
        line = " ".join(["wordvectors", *words])
        with monkeypatch.context() as asked:
            asked.setenv("_WORDVECTORS_COMPLETE", f"complete_{shell}")
            asked.setenv("COMP_WORDS", line)
            asked.setenv("COMP_CWORD", str(len(words)))
            asked.setenv("_TYPER_COMPLETE_ARGS", line)
            asked.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
            asked.setenv("_TYPER_COMPLETE_WORD_TO_COMPLETE", words[-1])
            status, out, err = run()
            logging.disable(logging.NOTSET)  # the process would end here
        assert (status, err) == (0, "")
        return out.split()

    return ask


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_commands_runs_names_and_words_are_offered(offered, run, named, shell):
    assert offered(shell, "pro")[0] == "promote"
    assert offered(shell, "show", "wv-") == [RUN_ID]
    assert offered(shell, "show", "@") == ["@blogs"]
    assert (
        offered(shell, "neighbours", "@blogs", "ki") == []
    )  # the model is not here yet, and no Tab fetches it
    run("neighbours", RUN_ID, "king")
    for wanted in (RUN_ID, "wv-blogs", "@blogs", "latest"):
        assert offered(shell, "neighbours", wanted, "ki") == ["king", "kitten"]


@pytest.mark.parametrize("command", ["compare", "rm"])
def test_where_several_runs_are_named_each_is_offered_once(offered, account, run, named, command):
    trained(account, "wv-other", VECTORS)
    assert set(offered("bash", command, "wv-")) == {RUN_ID, "wv-other"}
    assert offered("bash", command, RUN_ID, "wv-") == ["wv-other"]


def test_wherever_a_command_takes_runs_or_words_of_a_model_they_are_offered(offered, run, named):
    run("neighbours", RUN_ID, "king")
    assert offered("bash", "compare", RUN_ID, "latest", "--probe", "ki") == ["king", "kitten"]
    taken = [
        (command, parameter)
        for command, found in get_command(app).commands.items()
        for parameter in found.params
        if parameter.name in {"run", "runs", "model", "first", "second", "a", "b", "c", "probes"}
        or (parameter.name in {"word", "words"} and not parameter.opts[0].startswith("--"))
    ]
    assert len({command for command, _ in taken}) > 15
    assert [(command, one.name) for command, one in taken if one._custom_shell_complete is None] == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("runs --corpus b", ["blogs"]),
        ("prune --corpus b", ["blogs"]),
        ("best --corpus b", ["blogs"]),
        ("runs --tag base", ["baseline"]),
        ("tag latest base", ["baseline"]),
        ("demote b", ["blogs"]),
        ("history b", ["blogs"]),
        ("runs --by m", ["mean_rho"]),
        ("runs --by co", ["cost"]),
        ("runs --by t", ["time"]),
        ("best --by t", []),
        ("tune my.txt --objective own", ["own-text"]),
        ("evaluate latest --set ani", ["animals"]),
        ("best --by Sim", ["SimLex-999"]),
        ("sets remove a", ["animals"]),
        ("sets show Sim", []),
        ("train my.txt --set vector", ["vector_dim=100"]),
        ("train my.txt --set mode", ["mode=batch_skipgram"]),
        ("watch tun", ["tuning-a"]),
        ("show tun", ["tuning-a"]),
        ("best --tuning tun", ["tuning-a"]),
    ],
)
def test_the_names_of_all_that_is_there_are_offered(offered, account, run, named, tmp_path, words, expected):
    run("tag", RUN_ID, "baseline")
    (tmp_path / "animals.csv").write_text("cat,dog,7\nlion,zebra,3\nape,monkey,9\n")
    assert run("sets", "add", str(tmp_path / "animals.csv"))[0] == 0
    TuningTable(boto3.client("dynamodb"), TABLE).claim(planned().but(tuning_id="tuning-a"))

    assert offered("bash", *words.split()) == expected


def test_zsh_is_offered_the_same(offered, named):
    assert f'"{RUN_ID}"' in " ".join(offered("zsh", "show", "wv-"))


def test_what_a_shell_would_carry_out_is_not_offered(offered, account, run):
    hostile = [
        "ki$(id)",
        "ki`id`",
        "ki;id",
        "ki&",
        "ki*",
        "ki'",
        'ki"',
        "ki\\$(id)",
        "ki<x",
        "ki|id",
        "ki~{a,b}",
        "ki#",
    ]
    words = [*hostile, "kind-of", "kißen", "ki्"]
    vectors = "".join(f"{word} {number} 1\n" for number, word in enumerate(words))
    trained(account, RUN_ID, f"{len(words)} 2\n{vectors}", mean_rho=0.5)
    for name in ("news/2026", "new$(id)", "new;id", "new s"):
        run("promote", RUN_ID, "--as", name, "--yes")
    run("neighbours", RUN_ID, "kind-of")
    for shell in ("bash", "fish"):
        assert offered(shell, "neighbours", RUN_ID, "ki") == ["kind-of", "kißen", "ki्"]
        assert offered(shell, "show", "@") == ["@news/2026"]


def test_where_nobody_can_be_asked_nothing_is_offered(offered, named, monkeypatch):
    from wordvectors.cli import target
    from wordvectors.cli.output import CommandError

    def refuse(**where):
        raise CommandError("There is no pipeline to work with")

    monkeypatch.setattr(target, "connect", refuse)
    assert offered("bash", "show", "") == ["latest"]


def test_bash_takes_the_script(run):
    _, script, _ = run("completion", "bash")
    checked = subprocess.run(
        ["bash", "-uc", f'{script}\ncomplete -p wordvectors; echo "$COMP_WORDBREAKS"'],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
    assert "wordvectors" in checked.stdout
    assert "@" not in checked.stdout
    assert "#compdef wordvectors" in run("completion", "zsh")[1]
    assert "complete --command wordvectors" in run("completion", "fish")[1]
    assert run("completion", "tcsh")[0] == 2


def typed_in(monkeypatch, text: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text), encoding="ascii"))


def test_words_from_standard_input(run, named, monkeypatch):
    typed_in(monkeypatch, b"king\n apple\n")
    status, out, err = run("neighbours", RUN_ID, "-", "queen", "--json")
    assert status == 0, err
    assert list(json.loads(out)) == ["king", "apple", "queen"]

    typed_in(monkeypatch, b"\n")
    assert "There is no word on standard input" in run("neighbours", RUN_ID, "-")[2]
    typed_in(monkeypatch, b"king\n\xff\n")
    assert "Line 2 of standard input is not UTF-8" in run("neighbours", RUN_ID, "-")[2]


def test_word_after_word(run, named, monkeypatch):
    typed_in(monkeypatch, "king\nkönig apple\n\nqueen".encode())

    status, out, err = run("nn", "@blogs", "-n", "1")

    assert status == 0
    assert out.split() == ["king", "0.994", "queen", "apple", "1.000", "kitten", "queen", "0.994", "king"]
    assert "'könig' is not in the vocabulary" in " ".join(err.split())

    typed_in(monkeypatch, "king\nkönig\nqueen apple".encode())
    first, none, third = run("nn", "@blogs", "-n", "1", "--json")[1].splitlines()
    assert json.loads(first) == json.loads(run("neighbours", "@blogs", "king", "-n", "1", "--json")[1])
    assert (json.loads(none), list(json.loads(third))) == ({}, ["queen", "apple"])


@pytest.mark.parametrize(
    ("command", "text", "says"),
    [
        ("similarity latest - queen", b"king", "0.9939"),
        ("similarity latest - -", b"king\nqueen", "0.9939"),
        ("analogy latest - kitten -", b"king queen", "kitten"),
    ],
)
def test_words_of_a_pair_or_an_analogy_are_read_too(run, named, monkeypatch, command, text, says):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text), encoding="ascii"))
    status, out, _ = run(*command.split())
    assert (status, says in out) == (0, True)


@pytest.mark.parametrize(("text", "has"), [(b"king queen apple", "3 words"), (b"king", "1 word")])
def test_a_word_for_each_dash_is_wanted(run, named, monkeypatch, text, has):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text), encoding="ascii"))
    status, _, err = run("similarity", "latest", "-", "-")
    assert status == 1
    assert f"Standard input has {has}; one for each - is wanted, 2" in " ".join(err.split())
