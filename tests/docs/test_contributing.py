"""The places and commands that CONTRIBUTING.md names are there."""

from __future__ import annotations

import re
import subprocess

import pytest

from wordvectors.cli import models
from wordvectors.evaluation.sets import CHOICES
from wordvectors.project import root
from wordvectors.vectors.export import ExportFormat

TEXT = (root() / "CONTRIBUTING.md").read_text()


@pytest.mark.parametrize(
    "place", sorted(set(re.findall(r"[`(]([\w*-]+(?:/|\.(?:toml|txt|md))[\w./*-]*)[`)]", TEXT)))
)
def test_every_place_is_there(place):
    assert list(root().glob(place))


@pytest.mark.parametrize(
    ("page", "name"),
    [("python.md", form) for form in ExportFormat] + [("evaluation.md", choice) for choice in CHOICES],
)
def test_whatever_a_recipe_adds_is_on_its_page(page, name):
    assert re.search(rf"^\|.*`{re.escape(name)}`.*\|", (root() / "docs" / page).read_text(), re.MULTILINE)


@pytest.mark.parametrize("form", ExportFormat)
def test_every_format_is_in_the_help_of_export(form):
    assert re.search(rf"\b{form}\b", models.export.__doc__)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z]+)", TEXT))))
def test_every_target_is_there(target):
    ended = subprocess.run(
        ["make", "--dry-run", target], cwd=root(), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(("name", "place"), re.findall(r"`([A-Z]\w+)`[^`]* in\s+`([\w/]+\.py)`", TEXT))
def test_every_name_is_in_its_place(name, place):
    assert re.search(rf"^(class )?{name}\b", (root() / place).read_text(), re.MULTILINE)
