"""Version 3 of the SageMaker Python SDK: `ModelTrainer`, under a role that the SDK makes and checks; the notebook."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.clients.conftest import BUCKET, Machine, python_of
from tests.docs.notebooks import assert_kept_outputs_are_whole, output_below, pictures
from wordvectors.project import root

SCRIPT = Path(__file__).with_name("scripts") / "model_trainer.py"
NOTEBOOK = root() / "examples" / "sagemaker-sdk.ipynb"


def test_model_trainer_trains_and_shows_the_log(machine: Machine):
    log, _, found = machine.run(python_of("sagemaker3"), SCRIPT, BUCKET).strip().rpartition("\n")
    trained = json.loads(found)
    assert trained["status"] == "Completed"
    assert trained["model"] == f"s3://{BUCKET}/trainer/{trained['job']}/output/model.tar.gz"
    assert list(trained["metrics"]) == ["train:mean_rho"]
    assert "Training finished!" in log


@pytest.fixture(scope="module")
def executed(machine: Machine, tmp_path_factory: pytest.TempPathFactory):
    """The notebook, executed anew on a kernel that has the SDK."""
    folder = tmp_path_factory.mktemp("notebook")
    kernel = folder / "kernels" / "sagemaker3"
    kernel.mkdir(parents=True)
    command = [str(python_of("sagemaker3")), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "", "language": "python"})
    )
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        client = NotebookClient(
            notebook, timeout=240, kernel_name="sagemaker3", resources={"metadata": {"path": str(folder)}}
        )
        client.execute(env={**os.environ, **machine.environment()})
    return notebook


def test_the_notebook_works_from_its_first_cell_to_its_last(executed):
    assert "Completed" in output_below(executed, "training_job_status")
    assert "train:mean_rho" in output_below(executed, "training_job_status")
    assert re.search(r"##### Alpha: .* Progress: 100.00%", output_below(executed, "filter_log_events"))
    found = json.loads(output_below(executed, "eval.json"))
    assert {"EN-WS-353-ALL.txt", "mean_rho"} <= found.keys()
    for word in ("war", "music"):
        assert output_below(executed, f'most_similar("{word}")').count("0.") >= 10
    assert pictures(executed) == 1


def test_the_outputs_that_are_kept_are_whole_and_of_no_machine():
    assert_kept_outputs_are_whole(NOTEBOOK)
