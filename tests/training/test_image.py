"""The own engine's job as AWS runs it: the request's entry point, its channels, and the image's Python and packages."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from infra.constructs.own_engine import OwnEngine, engine_packages
from tests.infra.conftest import NO_BUNDLING
from wordvectors.aws.algorithms import PYTHON, Algorithm
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.lifecycle.plan import resolve_plan
from wordvectors.project import root

NO_NETWORK = Path(__file__).with_name("no_network.py")
IMAGE = root() / ".venv" / "image" / "bin"


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build both channels as a deployment does, each in its archive."""
    folder = tmp_path_factory.mktemp("archives")
    never_pulled = cdk.BundlingOptions(image=cdk.DockerImage.from_registry("never-pulled"))
    engine_packages().try_bundle(str(folder / "packages"), never_pulled)
    assembly = folder / "assembly"
    stack = cdk.Stack(cdk.App(outdir=str(assembly), context=NO_BUNDLING))
    code = assembly / OwnEngine(stack, "OwnEngine").code.asset_path
    return {
        channel: archived(source, folder / f"{channel}-0123.zip")
        for channel, source in (("code", code), ("packages", folder / "packages"))
    }


def archived(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder))
    return archive


@pytest.fixture
def base(tmp_path: Path, archives: dict[str, Path]) -> Path:
    """A job's /opt/ml, with its channels in it, and without a network."""
    data, code = tmp_path / "input" / "data", tmp_path / "code"
    code.mkdir()
    shutil.copyfile(NO_NETWORK, code / "sitecustomize.py")
    for channel, archive in archives.items():
        (data / channel).mkdir(parents=True)
        os.link(archive, data / channel / archive.name)
    pairs = load_wordsim353()["WS-353"].pairs
    (data / "train").mkdir()
    (data / "train" / "my.txt").write_text("".join(f"{a} and {b}\n" for a, b, _ in pairs) * 20)
    return tmp_path


def configure(base: Path, algorithm: Algorithm, hyperparameters: dict[str, str]) -> None:
    channels = {
        channel["ChannelName"]: {"ContentType": channel["ContentType"], "TrainingInputMode": "File"}
        for channel in algorithm.channels("s3://bucket/corpora/my.txt")
    }
    contents: dict[str, Any] = {
        "hyperparameters": hyperparameters,
        "inputdataconfig": channels,
        "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"]},
    }
    (base / "input" / "config").mkdir()
    for name, content in contents.items():
        (base / "input" / "config" / f"{name}.json").write_text(json.dumps(content))


@pytest.mark.parametrize("mode", ["batch_skipgram", "cbow"])
def test_a_job_trains_in_what_the_image_has(base: Path, archives: dict[str, Path], mode: str) -> None:
    plan = resolve_plan({
        "engine": "wordvectors",
        "hyperparameters": {"mode": mode, "vector_dim": 20, "seed": 3, "threads": 1},
        "early_stopping": {"patience": 100, "set": "SimLex-999"},
    })  # fmt: skip
    brought = {channel: f"s3://a/{path.name}" for channel, path in archives.items()}
    algorithm = Algorithm("image", brought, ("mean_rho", *plan.scored_on_the_way))
    configure(base, algorithm, plan.job_hyperparameters())
    asked = algorithm.specification()
    assert all(len(part) <= 256 for part in (*asked["ContainerEntrypoint"], *asked["ContainerArguments"]))
    command = [*asked["ContainerEntrypoint"], *asked["ContainerArguments"]]

    done = subprocess.run(  # the packages are the image's and the archive's, and none of these tests'
        [part.replace("/opt/ml/", f"{base}/", 1) if part.startswith("/opt/ml/") else part for part in command],
        env={"PATH": str(IMAGE), "SAGEMAKER_BASE_DIR": str(base), "LANG": "C.UTF-8"},
        cwd=base, capture_output=True, text=True, timeout=250,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert (base / "code" / "isolated").exists()
    assert sorted(path.name for path in (base / "model").iterdir()) == [
        "eval.json",
        "vectors.bin",
        "vectors.txt",
    ]
    metric, other = asked["MetricDefinitions"]
    assert len(re.findall(other["Regex"], done.stdout)) == 5
    rho = float(re.findall(metric["Regex"], done.stdout)[-1])
    assert rho == pytest.approx(json.loads((base / "model" / "eval.json").read_text())["mean_rho"])


def test_the_image_has_numpy_and_scipy_and_nothing_else() -> None:
    """What a job does not bring along must be there, and nothing that it does."""
    told = "import importlib.metadata as known; print(*sorted(found.name for found in known.distributions()))"
    done = subprocess.run([IMAGE / PYTHON, "-I", "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["numpy", "scipy"]


def test_nothing_that_the_image_has_is_brought_along(archives: dict[str, Path]) -> None:
    with zipfile.ZipFile(archives["packages"]) as archive:
        brought = {name.partition("/")[0] for name in archive.namelist()}
    assert {"numba", "llvmlite", "pydantic"} <= brought
    assert not [name for name in brought if name.startswith("gensim-")]  # a few of its files alone
    assert not {"numpy", "scipy"} & brought
