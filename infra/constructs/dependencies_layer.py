"""DependenciesLayer: the functions' third-party packages, bundled by pip alone, without Docker."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

PROJECT = Path(__file__).parents[2]
REQUIREMENTS = PROJECT / "lambdas" / "requirements.txt"
CONSTRAINTS = PROJECT / "constraints.txt"

LAMBDA = ("--platform=manylinux2014_aarch64", "--python-version=3.14")
GLUE = ("--platform=manylinux2014_x86_64", "--python-version=3.11")
"""Where the packages are to run."""

PIP_OPTIONS = (
    "--only-binary=:all:",
    "--implementation=cp",
    "--no-compile",
    "--disable-pip-version-check",
    "--no-color",
    "--no-input",
    "--quiet",
)
"""Wheels, whatever runs here; no .pyc files, which differ each time."""


class BundlingFailed(Exception):
    """pip could not fetch the functions' packages."""


class DependenciesLayer(Construct):
    """A layer with what `lambdas/requirements.txt` names, at the versions of `constraints.txt`.

    Attributes
    ----------
    layer : aws_cdk.aws_lambda.LayerVersion
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.layer = lambda_.LayerVersion(
            self,
            "Layer",
            description="Third-party packages of the wordvectors functions",
            code=lambda_.Code.from_asset(
                str(REQUIREMENTS.parent),
                # The hash is of what was asked for: the template is the same whether or not pip has run.
                asset_hash=layer_hash(REQUIREMENTS, CONSTRAINTS),
                asset_hash_type=cdk.AssetHashType.CUSTOM,
                bundling=cdk.BundlingOptions(
                    image=cdk.DockerImage.from_registry("never-pulled"),
                    local=cast(cdk.ILocalBundling, PipBundling()),
                ),
            ),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_14],
            compatible_architectures=[lambda_.Architecture.ARM_64],
        )


@jsii.implements(cdk.ILocalBundling)
class PipBundling:
    """Bundles on this machine, in place of the Docker image that CDK would start.

    Parameters
    ----------
    folder
        Within the asset, that the packages go into.
    """

    def __init__(
        self, requirements: Path | None = None, platform: tuple[str, ...] = LAMBDA, folder: str = "python"
    ) -> None:
        self._requirements, self._platform, self._folder = requirements or REQUIREMENTS, platform, folder

    def try_bundle(self, output_dir: str, options: cdk.BundlingOptions) -> bool:
        """Fill the layer's folder, or end the synthesis with a sentence.

        An ordinary exception would pass through Node and come out as a trace of two languages; returning
        False would start Docker.
        """
        try:
            install_packages(self._requirements, CONSTRAINTS, Path(output_dir) / self._folder, self._platform)
        except BundlingFailed as failed:
            sys.exit(f"wordvectors: {failed}")
        return True


def install_packages(
    requirements: Path, constraints: Path, target: Path, platform: tuple[str, ...] = LAMBDA
) -> None:
    """Install the packages into `target` as the platform's Python will import them.

    Raises
    ------
    BundlingFailed
        With pip's own words.
    """
    command = [sys.executable, "-m", "pip", "install", *PIP_OPTIONS, *platform]
    command += ["--requirement", str(requirements), "--constraint", str(constraints), "--target", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")]
        raise BundlingFailed(
            f"pip could not fetch the packages of {requirements} ({' '.join(platform)}): "
            f"{'; '.join(errors or said[-1:])}. Is the package index reachable, and does each package have a "
            "wheel for that platform?"
        )


def layer_hash(requirements: Path, constraints: Path, platform: tuple[str, ...] = LAMBDA) -> str:
    """Return the SHA-256 of everything that decides what is bundled."""
    digest = hashlib.sha256()
    options = "\n".join((*PIP_OPTIONS, *platform))
    for part in (requirements.read_bytes(), constraints.read_bytes(), options.encode()):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
