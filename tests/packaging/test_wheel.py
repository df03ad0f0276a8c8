"""The built wheel, installed outside the checkout: with nothing more, and with the local cloud."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import aws_cdk as cdk
import pytest
from uv import find_uv_bin

from infra.constructs.cleaning_job import LIBRARY
from infra.constructs.pipeline_function import CODE, all_but
from local_cloud.assembly import sources_hash
from wordvectors.project import root

LOCK = root() / "constraints.txt"
VECTORS = "3 2\nking 1 0\nqueen 0.9 0.1\ncar 0 1\n"


def uv(*arguments: str | Path) -> None:
    """Run uv; it takes from its cache what is there."""
    done = subprocess.run([find_uv_bin(), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by way of the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--build-constraint", LOCK, "--python", sys.executable, "--out-dir", folder, root())
    (built,) = folder.glob("*.whl")
    return built


class Installed:
    """An environment of its own with the wheel in it, and a folder to work in."""

    def __init__(self, folder: Path, wheel: Path, extra: str) -> None:
        self.folder, self.bin = folder / "work", folder / "venv" / "bin"
        self.folder.mkdir()
        uv("venv", "--python", sys.executable, folder / "venv")
        uv("pip", "install", "--python", self.bin / "python", "--constraint", LOCK, f"{wheel}{extra}")

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment."""
        environment = {
            "PATH": f"{self.bin}{os.pathsep}{os.defpath}",
            "HOME": str(self.folder),
            "COLUMNS": "200",
            "LANG": "C.UTF-8",
        }
        return subprocess.run(
            [self.bin / program, *arguments],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Installed:
    """The wheel alone."""
    return Installed(tmp_path_factory.mktemp("base"), wheel, "")


def test_the_wheel_installs_one_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"wordvectors"}
    assert "wordvectors/py.typed" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_vectors_are_loaded(base: Installed) -> None:
    (base.folder / "vectors.txt").write_text(VECTORS)
    done = base.run(
        "python",
        "-c",
        "import wordvectors; print(wordvectors.load('vectors.txt').most_similar('king', topn=1))",
    )
    assert done.stdout.startswith("[('queen', 0.99"), done.stderr


def test_word_pairs_are_evaluated(base: Installed) -> None:
    done = base.run(
        "python", "-c",
        "from wordvectors.evaluation.wordsim353 import load_wordsim353; print(sorted(load_wordsim353()))",
    )  # fmt: skip
    assert "WS-353" in done.stdout, done.stderr


def test_documents_are_cleaned(base: Installed) -> None:
    (base.folder / "raw.txt").write_text("The quick brown fox jumps. It was a fine day in the town.\n")
    done = base.run("wordvectors", "clean", "raw.txt", "--to", "clean.txt")
    assert done.returncode == 0, done.stderr
    assert (base.folder / "clean.txt").read_text().startswith("the quick brown fox jumps\n")


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("demo", "local"),
        ("local start", "local"),
        ("runs", "local"),
        ("runs --target aws", "aws"),
        ("doctor", "local"),
        ("doctor --target aws", "aws"),
        ("compare one other", "local"),
        ("neighbours latest king", "local"),
        ("corpus stats vectors.txt", "train"),
    ],
)
def test_a_command_names_the_extra_that_it_lacks(base: Installed, command: str, extra: str) -> None:
    (base.folder / "vectors.txt").write_text(VECTORS)
    done = base.run("wordvectors", *command.split())
    assert done.returncode == 1
    assert f"pip install 'wordvectors[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_is_asked_for_without_what_asks(base: Installed) -> None:
    done = base.run("python", "-c", "import wordvectors; wordvectors.load('latest')")
    assert done.stderr.splitlines()[-1].endswith("pip install 'wordvectors[aws]' brings it")


def test_the_demo_works_and_what_it_deploys_is_the_checkouts(tmp_path: Path, wheel: Path) -> None:
    local = Installed(tmp_path, wheel, "[local]")
    try:
        demo = local.run("wordvectors", "demo")
        assert demo.returncode == 0, demo.stdout + demo.stderr
        assert "Nearest neighbours" in demo.stdout
    finally:
        local.run("wordvectors", "local", "stop")

    carried = Path(
        local.run("python", "-c", "from wordvectors.project import root; print(root())").stdout.strip()
    )
    assert carried.is_relative_to(tmp_path)
    for files in (CODE, LIBRARY):
        here, there = (
            cdk.FileSystem.fingerprint(str(place), exclude=all_but(files), ignore_mode=cdk.IgnoreMode.GIT)
            for place in (root(), carried)
        )
        assert here == there
    assert sources_hash(carried) == sources_hash(root())
