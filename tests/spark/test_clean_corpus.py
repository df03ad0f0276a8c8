"""The script on PySpark in local mode, against the same script on one machine."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile

import pytest

from tests.spark.conftest import BUCKET, REGION

WORDS = ["the", "cat", "sat", "on", "a", "mat", "dr.", "smith's", "café", "42", "of", "ﬁre", "Straße"]


def document(seed: int) -> str:
    """Return some sentences, among them ones that other documents have too."""
    chance = random.Random(seed)
    sentences = (" ".join(chance.choices(WORDS, k=chance.randint(1, 6))) for _ in range(12))
    text = ". ".join(sentence.capitalize() for sentence in sentences)
    return f"<p>{text}.</p> Nobody minded &amp; all went on.\n"


@pytest.fixture(scope="module")
def documents(bench):
    """The same documents under two names, in four kinds of files; some documents occur twice."""
    texts = [document(seed % 150) for seed in range(400)]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, text in enumerate(texts[:100]):
            archive.writestr(f"{number}.txt", text)
    lines = [json.dumps({"text": text}) for text in texts]
    files = {
        "a.zip": packed.getvalue(),
        "b.jsonl.gz": gzip.compress("\n".join(lines[100:200]).encode()),
        "c.jsonl": ("\n".join(lines[200:300]) + "\nnot json\n").encode(),
        "d.csv": ("id,text\n" + "\n".join(f'{n},"{t.strip()}"' for n, t in enumerate(texts[300:]))).encode(),
    }
    for name, content in files.items():
        bench.put(f"raw/many/{name}", content)
    return files


@pytest.mark.parametrize(
    "recipe",
    [
        {"deduplicate": "none"},
        {"deduplicate": "sentences"},
        {"deduplicate": "documents"},
        {"phrases": {"min_count": 1, "threshold": 0.02}},
        {"deduplicate": "sentences", "phrases": {"min_count": 1, "threshold": 0.02}},
    ],
    ids=str,
)
def test_spark_makes_the_sentences_of_one_machine(bench, documents, recipe):
    order = {"recipe": recipe}
    here, report_here = bench.clean("one-machine", "many", **order)
    there, report_there = bench.clean("spark", "many", **order)

    assert there == here
    assert len(here) > 300
    assert ("phrases" in recipe) == any("_" in sentence for sentence in here)
    facts = (
        "documents",
        "bad_documents",
        "sentences",
        "tokens",
        "bytes_read",
        "bytes_unpacked",
        "bytes_written",
    )
    assert {name: report_there[name] for name in facts} == {name: report_here[name] for name in facts}
    assert report_there["bad_documents"] == 1
    assert "c.jsonl, byte" in report_there["bad_samples"][0]


def test_a_single_large_file_is_dealt_out(bench):
    lines = "\n".join(json.dumps({"text": document(seed)}) for seed in range(20_000))
    bench.put("raw/large/all.jsonl.gz", gzip.compress(lines.encode(), 1))

    here, _ = bench.clean("one-machine", "large")
    there, _ = bench.clean("spark", "large")

    assert there == here


@pytest.mark.parametrize("engine", ["one-machine", "spark"])
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("damaged.jsonl.gz", gzip.compress(b'{"text": "one two three four"}\n' * 9_000)[:-20], "damaged"),
        ("bad.jsonl", b'{"text": "one two three four"}\n{\n', "1 of 2 documents (50.0%) are bad"),
        ("empty.jsonl", b'{"text": "one"}\n', "no sentence of 3 words or more"),
        ("no-column.csv", b"id,body\n1,one two three\n", "has no column 'text'"),
    ],
)
def test_what_cannot_be_cleaned_ends_with_a_sentence_and_no_corpus(bench, engine, name, content, sentence):
    place = f"{engine}-{name.partition('.')[0]}"
    bench.put(f"raw/{place}/{name}", content)

    with pytest.raises(SystemExit) as ended:
        bench.clean(engine, place)

    assert sentence in str(ended.value)
    assert sentence in json.loads(bench.get(f"cleaning/{place}-{engine}/report.json"))["reason"]
    left = [
        bench.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("KeyCount")
        for prefix in (f"corpora/{place}", "cleaning-parts/")
    ]
    assert left == [0, 0]


def test_packages_reach_the_workers(bench, monkeypatch):
    """A splitter from the archive takes the place of the installed one, in this process and in the workers."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("only_in_the_archive.py", "WORD = 'unpacked'\n")
    bench.put("assets/packages.zip", packed.getvalue())
    context = bench.script.spark_context("local[2]", REGION)
    monkeypatch.setattr("sys.path", list(__import__("sys").path))
    try:
        bench.script.bring_packages(f"s3://{BUCKET}/assets/packages.zip", context)
        words = context.parallelize(range(2), 2).map(
            lambda number: __import__("only_in_the_archive").WORD + str(number)
        )
        assert words.collect() == ["unpacked0", "unpacked1"]
    finally:
        context.stop()
