"""The script that AWS Glue runs, and PySpark in local mode; and, without Spark, one machine.

Glue's `--extra-py-files` puts the project's library on the path of driver and workers. The compiled packages that
it needs can't be imported from a zip file: `--packages` names an archive of them, which is unpacked everywhere.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import urllib.parse
import zipfile
from pathlib import Path
from typing import Any

REGION = "AWS_DEFAULT_REGION"
"""Where the AWS SDK reads a region that nobody names; Glue's processes have none."""
PACKAGES = "wordvectors-packages"
"""The folder beside Spark's own files that a worker unpacks the archive into."""


def main(arguments: list[str]) -> None:
    """Clean, or end with the sentence that says why not."""
    given = parsed(arguments)
    os.environ[REGION] = given.region
    context = spark_context(given.spark_master, given.region) if given.engine == "spark" else None
    if given.packages:
        bring_packages(given.packages, context)

    from wordvectors.aws.bucket import Bucket
    from wordvectors.aws.clients import patient_client
    from wordvectors.glue.cleaning_engines import on_one_machine, on_spark
    from wordvectors.glue.cleaning_job import CleaningFailed, clean

    try:
        clean(
            given.cleaning_id,
            Bucket(patient_client("s3"), given.bucket),
            on_one_machine if context is None else on_spark(context),
            say=lambda text: print(text, flush=True),
        )
    except CleaningFailed as failed:
        sys.exit(f"CleaningFailed: {failed}")  # Glue takes what an exception says as the run's ErrorMessage
    finally:
        if context is not None:
            context.stop()


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Read the job's arguments, and pass over those that Glue adds."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--cleaning-id", required=True)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--region", required=True, help="of the bucket")
    parser.add_argument("--engine", choices=["spark", "one-machine"], default="spark")
    parser.add_argument("--packages", help="s3:// address of a zip archive")
    parser.add_argument("--spark-master", help="local[N]; by default what Spark is configured with")
    return parser.parse_known_args(arguments)[0]


def spark_context(master: str | None, region: str) -> Any:
    """Return Glue's Spark, or one of its own in local mode."""
    from pyspark import SparkConf, SparkContext

    configured = SparkConf().setAppName("wordvectors cleaning").setExecutorEnv(REGION, region)
    if master:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        configured = configured.setMaster(master).set("spark.ui.enabled", "false")
    return SparkContext.getOrCreate(configured)


def bring_packages(address: str, context: Any) -> None:
    """Unpack the archive here and on every worker, and put it on the path."""
    import boto3

    place = urllib.parse.urlsplit(address)
    folder = Path(tempfile.mkdtemp(prefix="wordvectors-"))
    archive = folder / "packages.zip"
    boto3.client("s3").download_file(place.netloc, place.path.lstrip("/"), str(archive))
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder / PACKAGES)
    sys.path.insert(0, str(folder / PACKAGES))
    if context is not None:
        context.addArchive(f"{archive}#{PACKAGES}")
        # What addPyFile does for zip files: a worker puts these on its path, relative to Spark's files.
        context._python_includes.append(PACKAGES)


if __name__ == "__main__":
    main(sys.argv[1:])
