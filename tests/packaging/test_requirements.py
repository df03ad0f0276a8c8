"""pyproject.toml has ranges, requirements.txt what is tested, constraints.txt all that is installed, with hashes."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wordvectors.extras import MODULES
from wordvectors.project import root

METADATA = tomllib.loads((root() / "pyproject.toml").read_text())["project"]
EXTRAS = {
    extra: [Requirement(line) for line in lines] for extra, lines in METADATA["optional-dependencies"].items()
}
DECLARED = [*map(Requirement, METADATA["dependencies"]), *chain(*EXTRAS.values())]
LOCKS = ("constraints.txt", "requirements-awscli.txt")


def pins(name: str) -> dict[str, str]:
    """Return package and version of each line that pins one."""
    lines = re.findall(r"^([\w.-]+)(?:\[\w+\])?==([\w.]+)", (root() / name).read_text(), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in lines}


def test_what_is_tested_is_what_is_declared():
    tested = pins("requirements.txt")
    declared = {canonicalize_name(wanted.name): wanted.specifier for wanted in DECLARED}
    declared.pop("wordvectors")
    assert set(tested) == set(declared)
    assert [name for name, version in tested.items() if version not in declared[name]] == []


@pytest.mark.parametrize(
    "name", sorted(path.relative_to(root()).as_posix() for path in root().glob("*/requirements*.txt"))
)
def test_layers_and_jobs_have_the_versions_of_the_lock(name):
    assert pins(name).items() <= pins("constraints.txt").items()


@pytest.mark.parametrize("name", LOCKS)
def test_each_package_of_a_lock_has_hashes_and_no_place(name):
    text = (root() / name).read_text()
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 5
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?:|--index-url|--find-links", text)


def test_each_module_is_brought_by_the_extra_that_is_named():
    packages = importlib.metadata.packages_distributions()
    for extra, modules in MODULES.items():
        brought = {canonicalize_name(wanted.name) for wanted in EXTRAS[extra]} | {"llvmlite", "botocore"}
        for module in modules:
            assert brought & {canonicalize_name(name) for name in packages[module]}, module
