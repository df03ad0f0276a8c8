"""docs/licences.md lists what is in the functions' layers, in the jobs and in requirements.txt."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from infra.constructs.dependencies_layer import CONSTRAINTS, GLUE, LAMBDA, install_packages
from infra.constructs.own_engine import IMAGE_PACKAGES, IMAGE_PLATFORM
from tests.packaging.test_requirements import pins
from wordvectors.project import root

PAGE = (root() / "docs" / "licences.md").read_text()
DEPLOYED = {
    **{f"lambdas/{path.name}": LAMBDA for path in (root() / "lambdas").glob("requirements*.txt")},
    "spark/requirements.txt": GLUE,
    "infra/training/requirements.txt": IMAGE_PLATFORM,
}


def listed(requirements: str) -> dict[str, str]:
    """Return package and version of each line below a file's heading."""
    section = PAGE.split(f"## {requirements}\n")[1].partition("\n## ")[0]
    return {
        canonicalize_name(name): version
        for name, version in re.findall(r"^\| (\S+) +\| (\d\S*)", section, re.M)
    }


@pytest.mark.parametrize("requirements", sorted(DEPLOYED))
def test_what_is_deployed_is_listed_and_layers_bring_its_licences(requirements: str, tmp_path: Path) -> None:
    without = IMAGE_PACKAGES if DEPLOYED[requirements] == IMAGE_PLATFORM else None
    install_packages(root() / requirements, CONSTRAINTS, tmp_path, DEPLOYED[requirements], without=without)
    found = list(distributions(path=[str(tmp_path)]))
    assert {canonicalize_name(package.name): package.version for package in found} == listed(requirements)
    if requirements.startswith("lambdas/"):
        licence = re.compile(r"dist-info/.*(licen[sc]e|copying)", re.IGNORECASE)
        texts = {
            package.name for package in found for file in package.files or () if licence.search(str(file))
        }
        assert {package.name for package in found} == texts


def test_what_the_commands_use_is_listed() -> None:
    assert pins("requirements.txt").items() <= listed("requirements.txt").items()
    assert "UNKNOWN" not in PAGE
