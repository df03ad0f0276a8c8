"""The command line's manners: help with groups and examples, the version, and both ways to spell neighbours."""

from __future__ import annotations

import shlex

import pytest
from typer.main import get_command

from tests.unit.conftest import trained
from wordvectors import __version__
from wordvectors.blazingtext.hyperparameters import Hyperparameters
from wordvectors.cli.app import GROUPS, MORE, app

COMMANDS = [[name] for commands in GROUPS.values() for name in commands] + [
    [name, inner] for name, (_, examples) in MORE.items() for inner in examples
]


def test_the_version(run):
    assert run("--version") == (0, f"wordvectors {__version__}\n", "")


def test_help_is_in_groups_and_has_each_command_once(run):
    _, out, _ = run("-h")

    assert out == run("--help")[1]
    headings = [line[:-1] for line in out.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["Options", *GROUPS, "More"]
    assert out.count("\n  Example: wordvectors ") == len([*GROUPS, "More"])
    named = [
        line.split()[0]
        for line in out.split("Train:")[1].splitlines()
        if line[:3].strip() and line[:2] == "  " and "Example:" not in line
    ]
    assert sorted(named) == sorted([*(name for commands in GROUPS.values() for name in commands), *MORE])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_has_an_example_that_it_takes(command):
    found = get_command(app)
    for name in command:
        found = found.commands[name]
    prompt, *words = shlex.split(found.epilog.removeprefix("Example: "))

    assert [prompt, *words[: len(command)]] == ["wordvectors", *command]
    found.make_context(command[-1], words[len(command) :])


def test_the_help_of_train_has_the_hyperparameters(run):
    _, out, _ = run("train", "-h")

    flat = " ".join(out.split())
    assert all(
        f" {name} {field.description};" in flat for name, field in Hyperparameters.model_fields.items()
    )
    assert "vector_dim a whole number from 1 to 2,048; by default 100" in flat


def test_neighbours_are_neighbors_too(run, account):
    trained(account, "wv-a", "2 2\nking 1 0\nqueen 1 0.1\n")
    assert run("neighbors", "wv-a", "king") == run("neighbours", "wv-a", "king")
    assert "neighbors" not in run("-h")[1]
