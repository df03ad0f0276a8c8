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

from wordvectors.corpus.gensim_data import FUNCTION_LAYER, gensim_data

PROJECT = Path(__file__).parents[2]
REQUIREMENTS = PROJECT / "lambdas" / "requirements.txt"
EVALUATION_REQUIREMENTS = PROJECT / "lambdas" / "requirements-evaluation.txt"
CONSTRAINTS = PROJECT / "constraints.txt"

PIP_OPTIONS = (
    "--only-binary=:all:",
    "--platform=manylinux2014_aarch64",
    "--platform=manylinux_2_28_aarch64",
    "--implementation=cp",
    "--python-version=3.14",
    "--no-compile",
    "--disable-pip-version-check",
    "--no-color",
    "--no-input",
    "--quiet",
)
"""Wheels for Lambda's Python 3.14 on arm64 (Amazon Linux 2023: glibc 2.34), whatever runs here; no .pyc files,
which differ each time."""


class BundlingFailed(Exception):
    """pip could not fetch the functions' packages."""


class DependenciesLayer(Construct):
    """A layer with what a requirements file names, at the versions of `constraints.txt`.

    Parameters
    ----------
    requirements
        The file; `lambdas/requirements.txt` by default.
    data
        Files of gensim's data that the layer carries as well, in `gensim_data`. They are copied from the
        installed package when the layer is made.

    Attributes
    ----------
    layer : aws_cdk.aws_lambda.LayerVersion
    """

    def __init__(
        self, scope: Construct, id: str, *, requirements: Path = REQUIREMENTS, data: Sequence[str] = ()
    ) -> None:
        super().__init__(scope, id)
        files = [gensim_data(name) for name in data]
        self.layer = lambda_.LayerVersion(
            self,
            "Layer",
            description=f"Third-party packages of the wordvectors functions: {requirements.name}",
            code=lambda_.Code.from_asset(
                str(requirements.parent),
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

    def __init__(self, requirements: Path, data: Sequence[Path] = ()) -> None:
        self._requirements, self._data = requirements, data

    def try_bundle(self, output_dir: str, options: cdk.BundlingOptions) -> bool:
        """Fill the layer's folder, or end the synthesis with a sentence.

        An ordinary exception would pass through Node and come out as a trace of two languages; returning
        False would start Docker.
        """
        try:
            install_packages(self._requirements, CONSTRAINTS, Path(output_dir) / "python")
        except BundlingFailed as failed:
            sys.exit(f"wordvectors: {failed}")
        for file in self._data:
            target = Path(output_dir) / FUNCTION_LAYER.name / file.name
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, target)
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


def layer_hash(*files: Path) -> str:
    """Return the SHA-256 of everything that decides what the layer holds: these files, and pip's options."""
    digest = hashlib.sha256()
    for part in (*(file.read_bytes() for file in files), "\n".join(PIP_OPTIONS).encode()):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
