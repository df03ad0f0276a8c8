"""DependenciesLayer: the functions' third-party packages, bundled by pip alone, without Docker."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from wordvectors.corpus.gensim_data import FOLDER, gensim_data

PROJECT = Path(__file__).parents[2]
LAMBDAS = PROJECT / "lambdas"
CONSTRAINTS = PROJECT / "constraints.txt"

PIP_OPTIONS = (
    "--only-binary=:all:",
    "--platform=manylinux_2_28_aarch64",
    "--platform=manylinux2014_aarch64",
    "--implementation=cp",
    "--python-version=3.14",
    "--no-compile",
    "--disable-pip-version-check",
    "--no-color",
    "--no-input",
    "--quiet",
)
"""Wheels for Lambda's Python 3.14 on arm64, whatever runs here; no .pyc files, which differ each time.

Lambda's system, Amazon Linux 2023, has glibc 2.34.
"""


class BundlingFailed(Exception):
    """pip could not fetch the functions' packages."""


class DependenciesLayer(Construct):
    """A layer with what a requirements file names, at the versions of `constraints.txt`.

    A function's layers and its code may hold 250 MB, unzipped. The packages' own tests are left out: of numpy,
    scipy and scikit-learn 32 MB of 218, so that with `requirements.txt`, which takes 12, there are 198 MB.

    Attributes
    ----------
    layer : aws_cdk.aws_lambda.LayerVersion
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        requirements: Path,
        description: str,
        gensim_files: Sequence[str] = (),
    ) -> None:
        """Make a layer.

        Parameters
        ----------
        gensim_files
            Data files to take along out of gensim's wheel on this machine; `gensim_data` finds them.
        """
        super().__init__(scope, id)
        files = [gensim_data(name) for name in gensim_files]
        self.layer = lambda_.LayerVersion(
            self,
            "Layer",
            description=description,
            code=lambda_.Code.from_asset(
                str(LAMBDAS),
                # The hash is of what was asked for: the template is the same whether or not pip has run.
                asset_hash=layer_hash(requirements, CONSTRAINTS, *files),
                asset_hash_type=cdk.AssetHashType.CUSTOM,
                bundling=cdk.BundlingOptions(
                    image=cdk.DockerImage.from_registry("never-pulled"),
                    local=cast(cdk.ILocalBundling, PipBundling(requirements, files)),
                ),
            ),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_14],
            compatible_architectures=[lambda_.Architecture.ARM_64],
        )


@jsii.implements(cdk.ILocalBundling)
class PipBundling:
    """Bundles on this machine, in place of the Docker image that CDK would start."""

    def __init__(self, requirements: Path, gensim_files: Sequence[Path] = ()) -> None:
        self._requirements = requirements
        self._gensim_files = gensim_files

    def try_bundle(self, output_dir: str, options: cdk.BundlingOptions) -> bool:
        """Fill the layer's folder, or end the synthesis with a sentence.

        An ordinary exception would pass through Node and come out as a trace of two languages; returning
        False would start Docker.
        """
        try:
            install_packages(self._requirements, CONSTRAINTS, Path(output_dir) / "python")
        except BundlingFailed as failed:
            sys.exit(f"wordvectors: {failed}")
        take_along(self._gensim_files, Path(output_dir) / "python")
        return True


def install_packages(requirements: Path, constraints: Path, target: Path) -> None:
    """Install the packages into `target` as Lambda's Python will import them.

    Raises
    ------
    BundlingFailed
        With pip's own words.
    """
    command = [sys.executable, "-m", "pip", "install", *PIP_OPTIONS]
    command += ["--requirement", str(requirements), "--constraint", str(constraints), "--target", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")]
        raise BundlingFailed(
            f"pip could not fetch the packages of {requirements} for Lambda (Python 3.14, arm64): "
            f"{'; '.join(errors or said[-1:])}. Is the package index reachable, and does each package have a "
            "wheel for that platform?"
        )
    for tests in [folder for folder in target.rglob("tests") if folder.is_dir()]:
        shutil.rmtree(tests, ignore_errors=True)  # one may have gone with another that it was in


def take_along(gensim_files: Sequence[Path], target: Path) -> None:
    """Copy data files of gensim to where its wheel has them, below `target`; without gensim itself."""
    folder = target.joinpath("gensim", *FOLDER)
    for file in gensim_files:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / file.name)


def layer_hash(requirements: Path, constraints: Path, *others: Path) -> str:
    """Return the SHA-256 of everything that decides what the layer holds."""
    digest = hashlib.sha256()
    files = (requirements, constraints, *others)
    for part in (*(file.read_bytes() for file in files), "\n".join(PIP_OPTIONS).encode()):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
