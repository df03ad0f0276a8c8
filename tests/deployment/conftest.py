"""An account to deploy to, and two people who do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from local_cloud import account, assembly
from local_cloud.connection import Connection
from tests.deployment.checkout import Checkout
from wordvectors.cleaning.sample import write_sample_corpus

TRAINER = Path(__file__).with_name("trainer.py")
SETTINGS = {name.removeprefix("wordvectors."): value for name, value in assembly.LOCAL_SETTINGS.items()}
"""Those of the local cloud, which looks at its jobs often."""


@pytest.fixture(scope="package")
def connection(tmp_path_factory: pytest.TempPathFactory, hold: Path):
    """The local cloud, as `wordvectors local start` leaves it, but for the prefix of its stacks."""
    home = tmp_path_factory.mktemp("home")
    yield account.start(
        home,
        context=assembly.DEFAULT_SETTINGS | {"wordvectors.stack_prefix": "Local"},
        commands={"blazingtext": [sys.executable, str(TRAINER), str(hold)]},
    )
    account.stop(home)


@pytest.fixture(scope="package")
def hold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file; while it is there, trainings wait."""
    return tmp_path_factory.mktemp("hold") / "hold"


@pytest.fixture(scope="package")
def first(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The team's own deployment."""
    return Checkout(tmp_path_factory.mktemp("first") / "project", connection, **SETTINGS)


@pytest.fixture(scope="package")
def second(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A trial beside it, without cleaning; what its layers hold is not bundled once more."""
    folder = tmp_path_factory.mktemp("second") / "project"
    settings = SETTINGS | {"environment": "development", "cleaning": {"enabled": False}}
    return Checkout(folder, connection, {"aws:cdk:bundling-stacks": []}, stack_prefix="Second", **settings)


@pytest.fixture(scope="package")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real English text, 0.3 MB."""
    path = tmp_path_factory.mktemp("corpus") / "english.txt"
    write_sample_corpus(path)
    path.write_bytes(path.read_bytes()[:300_000].rsplit(b"\n", 1)[0] + b"\n")
    return path
