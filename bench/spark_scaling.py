"""How cleaning grows from one worker to two on this machine: `python -m bench.spark_scaling`.

The job's own script, as a process of its own each time, reads documents from the local cloud and writes a corpus
there. Each round runs every contender once; medians are taken over the rounds. The seconds are the report's: from
the order to the written corpus, without the start of Python and of Spark.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.options import count_option
from local_cloud import account
from wordvectors.cleaning.sample import write_sample_corpus

SCRIPT = Path(__file__).parents[1] / "spark" / "clean_corpus.py"
BUCKET, FILES = "documents", 8
CONTENDERS = {
    "Spark, 1 worker": ["--engine", "spark", "--spark-master", "local[1]"],
    "Spark, 2 workers": ["--engine", "spark", "--spark-master", "local[2]"],
    "one machine, without Spark": ["--engine", "one-machine"],
}


def main() -> None:
    """Measure, and print a table and, as the last line, JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=count_option, default=64)
    parser.add_argument("--rounds", type=count_option, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        connection = account.start(Path(folder), deploy=False)
        try:
            s3 = connection.client("s3")
            s3.create_bucket(Bucket=BUCKET)
            size = put_documents(s3, Path(folder), given.megabytes * 1_000_000)
            seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
            for round_ in range(given.rounds):
                for number, (name, arguments) in enumerate(CONTENDERS.items()):
                    run = f"{round_}-{number}"
                    seconds[name].append(clean(s3, run, arguments, connection.environment()))
        finally:
            account.stop(Path(folder))
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    print(f"{size / 1e6:.0f} MB of documents, medians of {given.rounds} rounds")
    for name, median in medians.items():
        print(f"{name:30} {median:6.1f} s {size / 1e6 / median:6.1f} MB/s")
    print(f"from 1 worker to 2: {medians['Spark, 1 worker'] / medians['Spark, 2 workers']:.2f} times as fast")
    print(json.dumps({"processors": os.cpu_count(), "bytes": size, "seconds": seconds}))


def put_documents(s3, folder: Path, size: int) -> int:
    """Upload about `size` bytes of English in JSON Lines, in FILES files; return how many."""
    sample = folder / "sample.txt"
    write_sample_corpus(sample)
    sentences = sample.read_text(encoding="utf-8").splitlines()
    lines = [
        json.dumps({"text": ". ".join(sentence.capitalize() for sentence in sentences[at : at + 20]) + "."})
        for at in range(0, len(sentences), 20)
    ]
    once = ("\n".join(lines) + "\n").encode()
    content = once * max(1, size // FILES // len(once))
    for number in range(FILES):
        s3.put_object(Bucket=BUCKET, Key=f"raw/english/{number}.jsonl", Body=content)
    return FILES * len(content)


def clean(s3, cleaning: str, arguments: list[str], environment: dict[str, str]) -> float:
    """Run the script to its end; return the seconds of its report."""
    order = json.dumps({"name": "english", "order": {}})
    s3.put_object(Bucket=BUCKET, Key=f"cleaning/{cleaning}/order.json", Body=order)
    place = ["--bucket", BUCKET, "--region", "us-east-1"]
    command = [sys.executable, str(SCRIPT), "--cleaning-id", cleaning, *place, *arguments]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    subprocess.run(command, env=inherited | environment, check=True, capture_output=True)
    report = s3.get_object(Bucket=BUCKET, Key=f"cleaning/{cleaning}/report.json")["Body"].read()
    return json.loads(report)["seconds"]


if __name__ == "__main__":
    main()
