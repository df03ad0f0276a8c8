"""What is replaced in ministack and moto, and what is said when it is not there."""

from __future__ import annotations

import time
import types
from concurrent.futures import ThreadPoolExecutor

import pytest

from local_cloud.emulator import credentials, seams


@pytest.fixture
def module():
    """A module that claims to be ministack's."""
    made = types.ModuleType("ministack.services.example")
    made.greet = lambda name: f"hello {name}"
    made.SCRIPT = "one\ntwo\n"
    return made


def test_a_replacement_receives_the_original(module):
    seams.replace(module, "greet", lambda original: lambda name: original(name).upper())
    assert module.greet("you") == "HELLO YOU"


def test_a_symbol_that_is_gone_is_named_with_the_pinned_version(module):
    with pytest.raises(seams.SeamError) as error:
        seams.replace(module, "wave", lambda original: original)
    text = str(error.value)
    assert "no 'wave' in ministack.services.example" in text
    assert "pip install 'ministack==1.5.33'" in text


@pytest.mark.parametrize("old", ["three\n", ""])
def test_a_passage_that_is_not_there_once_is_refused(module, old):
    with pytest.raises(seams.SeamError, match="SCRIPT is not as expected"):
        seams.replace_text(module, "SCRIPT", old, "x")


def test_a_passage_is_replaced(module):
    seams.replace_text(module, "SCRIPT", "two\n", "three\n")
    assert module.SCRIPT == "one\nthree\n"


def test_the_pinned_versions_are_installed():
    from importlib.metadata import version

    assert {name: version(name) for name in seams.PINNED} == seams.PINNED


def test_sessions_are_registered_one_at_a_time():
    """ministack's registry looks through all sessions, which would fail if another thread added one meanwhile."""
    registered: dict[str, dict] = {}

    def register(access_key, session):
        for _ in registered:
            time.sleep(0)  # lets other threads run
        registered[access_key] = session

    register_session = credentials.one_at_a_time(register)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: register_session(str(number), {}), range(300)))

    assert len(registered) == 300
