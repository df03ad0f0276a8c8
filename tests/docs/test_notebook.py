"""The example notebook: executed as it stands, and kept with outputs that any machine could have made."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.docs.notebooks import assert_kept_outputs_are_whole, output_below, pictures

NOTEBOOK = Path(__file__).resolve().parents[2] / "examples" / "walkthrough.ipynb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def executed(folder: Path):
    """The notebook, executed anew in a folder and with a local cloud of its own."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]]),
        "WORDVECTORS_HOME": str(folder / "home"),
    }
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    try:
        NotebookClient(notebook, timeout=840, resources={"metadata": {"path": str(folder)}}).execute(
            env=environment
        )
        yield notebook
    finally:
        subprocess.run(
            [sys.executable, "-m", "wordvectors.cli", "local", "stop"], env=environment, capture_output=True
        )


def test_the_notebook_works_from_its_first_cell_to_its_last(executed: nbformat.NotebookNode):
    assert "COMPLETED" in output_below(executed, "training.vocabulary")
    metrics = output_below(executed, "mean_rho")
    for name in ("WS-353", "SimLex-999", "Google-analogies", "mean_rho"):
        assert name in metrics
    for word in ("family", "sad"):
        shown = output_below(executed, f'most_similar("{word}")')
        assert len(ast.literal_eval(shown[shown.index("[") :].strip())) == 10  # a word may have an apostrophe
    assert pictures(executed) == 1


def test_the_notebook_leaves_no_files_and_stops_the_local_cloud_that_it_started(executed, folder: Path):
    assert [path.name for path in folder.iterdir()] == ["home"]
    assert not (folder / "home" / "local" / "server.json").exists()


def test_the_outputs_that_are_kept_are_whole_and_of_no_machine():
    assert_kept_outputs_are_whole(NOTEBOOK)
