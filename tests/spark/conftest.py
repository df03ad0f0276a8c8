"""A bucket that Spark's workers, which are processes, can reach: the local cloud's."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from local_cloud import account
from wordvectors.aws import clients

BUCKET = "documents"
REGION = "us-east-1"
SCRIPT = Path(__file__).parents[2] / "spark" / "clean_corpus.py"


class Bench:
    """The script and its bucket."""

    def __init__(self, script: ModuleType, s3: Any) -> None:
        self.script, self.s3 = script, s3

    def put(self, key: str, body: bytes) -> None:
        """Upload an object."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def get(self, key: str) -> bytes:
        """Return an object's content."""
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def clean(self, engine: str, name: str, *more: str, **order: Any) -> tuple[list[str], dict[str, Any]]:
        """Run the script; return the corpus's sentences, sorted, and the report."""
        cleaning = f"{name}-{engine}"
        ordered = json.dumps({"name": name, "order": order})
        self.put(f"cleaning/{cleaning}/order.json", ordered.encode())
        arguments = ["--cleaning-id", cleaning, "--bucket", BUCKET, "--region", REGION, "--engine", engine]
        self.script.main([*arguments, "--spark-master", "local[2]", "--JOB_NAME", "job", *more])
        report = json.loads(self.get(f"cleaning/{cleaning}/report.json"))
        return sorted(self.get(f"corpora/{name}.txt").decode().splitlines()), report


@pytest.fixture(scope="package")
def bench(tmp_path_factory: pytest.TempPathFactory):
    """A bucket in a local cloud, and the script as a module."""
    home = tmp_path_factory.mktemp("home")
    connection = account.start(home, deploy=False)
    before = dict(os.environ)
    os.environ.update(connection.environment())
    clients.client.cache_clear()
    try:
        s3 = connection.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        spec = importlib.util.spec_from_file_location("clean_corpus", SCRIPT)
        assert spec is not None
        assert spec.loader is not None
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        yield Bench(script, s3)
    finally:
        account.stop(home)
        os.environ.clear()
        os.environ.update(before)
        clients.client.cache_clear()
