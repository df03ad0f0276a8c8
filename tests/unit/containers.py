"""A container's folders, and the trainer started in them as SageMaker starts its image."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
TRAIN = [sys.executable, "-m", "wordvectors.trainer", "train"]
CHANNEL = {
    "ContentType": "text/plain",
    "TrainingInputMode": "File",
    "S3DistributionType": "FullyReplicated",
    "RecordWrapperType": "None",
}


class Container:
    """The folders under /opt/ml of one training job."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.config, self.data = base / "input" / "config", base / "input" / "data" / "train"
        self.model, self.failure = base / "model", base / "output" / "failure"
        for folder in (self.config, self.data, self.model):
            folder.mkdir(parents=True)
        self.processes: list[subprocess.Popen[str]] = []

    def configure(self, corpus: bytes | None, **hyperparameters: str) -> None:
        """Lay out a job; hyperparameters are strings, as SageMaker hands them over."""
        self.write_config("hyperparameters", hyperparameters)
        self.write_config("inputdataconfig", {"train": CHANNEL})
        self.write_config("resourceconfig", {"current_host": "algo-1", "hosts": ["algo-1"]})
        if corpus is not None:
            (self.data / "my.txt").write_bytes(corpus)

    def write_config(self, name: str, content: object) -> None:
        (self.config / f"{name}.json").write_text(json.dumps(content))

    def start(self, **environment: str) -> subprocess.Popen[str]:
        """Start the trainer and return its process."""
        return self._start(TRAIN, environment)

    def start_code(self, code: str, until: str | None = None) -> subprocess.Popen[str]:
        """Start Python code in the container's place, and wait until it has printed a line, if one is given."""
        process = self._start([sys.executable, "-c", code], {})
        if until is not None:
            assert process.stdout is not None
            for line in process.stdout:
                if line == f"{until}\n":
                    break
        return process

    def _start(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            env=os.environ | {"SAGEMAKER_BASE_DIR": str(self.base)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
        )
        self.processes.append(process)
        return process

    def run(self, **environment: str) -> tuple[int, str, str]:
        """Run the trainer to its end; return exit status, standard output and standard error."""
        process = self.start(**environment)
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors

    def artefacts(self) -> list[str]:
        return sorted(path.name for path in self.model.iterdir())


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    made = Container(tmp_path / "ml")
    yield made
    for process in made.processes:
        process.kill()
        process.communicate()
