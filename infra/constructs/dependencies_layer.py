"""DependenciesLayer: the functions' third-party packages, bundled by uv alone, without Docker."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import files
from pathlib import Path
from typing import cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import Construct
from uv import find_uv_bin

from wordvectors.gensim_data import FOLDER, gensim_data
from wordvectors.project import root

LAMBDAS = root() / "lambdas"
CONSTRAINTS = root() / "constraints.txt"

RUNTIME = lambda_.Runtime.PYTHON_3_13
"""The functions' Python: the newest that their tests run on (`make functions`)."""
LAMBDA = ("--python-platform=aarch64-manylinux_2_28", "--python-version=3.13")
GLUE = ("--python-platform=x86_64-manylinux2014", "--python-version=3.11")
"""Where the packages are to run. Lambda's system, Amazon Linux 2023, has glibc 2.34."""

OPTIONS = ("--require-hashes", "--only-binary=:all:", "--quiet")
"""Wheels that the lock knows, whatever runs here."""


class BundlingFailed(Exception):
    """The functions' packages could not be fetched."""


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
        taken = [gensim_data(name) for name in gensim_files]
        self.layer = lambda_.LayerVersion(
            self,
            "Layer",
            description=description,
            code=lambda_.Code.from_asset(
                str(LAMBDAS),
                # The hash is of what was asked for: the template is the same whether or not uv has run.
                asset_hash=layer_hash(requirements, CONSTRAINTS, *taken),
                asset_hash_type=cdk.AssetHashType.CUSTOM,
                bundling=cdk.BundlingOptions(
                    image=cdk.DockerImage.from_registry("never-pulled"),
                    local=cast(cdk.ILocalBundling, PackageBundling(requirements, gensim_files=taken)),
                ),
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[lambda_.Architecture.ARM_64],
        )


@jsii.implements(cdk.ILocalBundling)
class PackageBundling:
    """Bundles on this machine, in place of the Docker image that CDK would start.

    Parameters
    ----------
    requirements
        What is to be installed, each at the version and with a hash of the lock.
    platform
        For which system and Python.
    folder
        Within the asset, that the packages go into.
    gensim_files
        Data files to take along; see `take_along`.
    without
        A requirements file of what is there already, where the packages are to run.
    """

    def __init__(
        self,
        requirements: Path,
        *,
        platform: tuple[str, ...] = LAMBDA,
        folder: str = "python",
        gensim_files: Sequence[Path] = (),
        without: Path | None = None,
    ) -> None:
        self._requirements, self._platform, self._folder = requirements, platform, folder
        self._gensim_files, self._without = gensim_files, without

    def try_bundle(self, output_dir: str, options: cdk.BundlingOptions) -> bool:
        """Fill the layer's folder, or end the synthesis with a sentence.

        An ordinary exception would pass through Node and come out as a trace of two languages; returning
        False would start Docker.
        """
        target = Path(output_dir) / self._folder
        try:
            install_packages(self._requirements, CONSTRAINTS, target, self._platform, without=self._without)
        except BundlingFailed as failed:
            sys.exit(f"wordvectors: {failed}")
        take_along(self._gensim_files, target)
        return True


def install_packages(
    requirements: Path,
    constraints: Path,
    target: Path,
    platform: tuple[str, ...] = LAMBDA,
    *,
    without: Path | None = None,
) -> None:
    """Install the packages into `target` as the platform's Python will import them.

    Raises
    ------
    BundlingFailed
        With uv's own words.
    """
    command = [find_uv_bin(), "pip", "install", *OPTIONS, *platform]
    command += ["--requirement", str(requirements), "--constraint", str(constraints), "--target", str(target)]
    if without is not None:
        command += ["--excludes", str(without)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = " ".join(done.stderr.split())
        raise BundlingFailed(
            f"uv could not fetch the packages of {requirements} ({' '.join(platform)}): {said}. Is the package "
            "index reachable, does each package have a wheel for that platform, and does constraints.txt have "
            "its hash (`make lock`)?"
        )
    for tests in [folder for folder in target.rglob("tests") if folder.is_dir()]:
        shutil.rmtree(tests, ignore_errors=True)  # one may have gone with another that it was in


def take_along(gensim_files: Sequence[Path], target: Path) -> None:
    """Copy data files of gensim to where its wheel has them, below `target`, with its licence; without gensim."""
    if not gensim_files:
        return
    licences = [Path(str(file.locate())) for file in files("gensim") or () if "licenses" in file.parts]
    folder = target.joinpath("gensim", *FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for file in gensim_files:
        shutil.copyfile(file, folder / file.name)
    for licence in licences:
        shutil.copyfile(licence, target / "gensim" / licence.name)


def layer_hash(*files: Path, platform: tuple[str, ...] = LAMBDA) -> str:
    """Return the SHA-256 of everything that decides what is bundled: files, uv's options, the platform."""
    digest = hashlib.sha256()
    options = "\n".join((*OPTIONS, *platform))
    for part in (*(file.read_bytes() for file in files), options.encode()):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
