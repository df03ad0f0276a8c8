"""A run's identity, and the keys of its objects in the bucket."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable

from wordvectors.plain_text import plain

MAX_JOB_NAME = 63
"""SageMaker's limit; a job name is letters, digits and single inner hyphens."""
FINGERPRINT_DIGITS = 12
MOST_JOBS = 99
"""A run's training jobs at most; a deployment allows fewer."""

CORPORA, PLANS, MODELS, RUNS, PRICES = "corpora/", "plans/", "models/", "runs/", "prices/"
EVALUATION = "evaluation/"
CHECKPOINTS = "checkpoints/"
"""What a training goes on from if it is interrupted; they are removed after some time."""
CORPUS_SUFFIX = ".txt"
MODEL_FILE = "model.safetensors"
SERVED = f"serving/{MODEL_FILE}"
"""Name of the file that a run's model is served from, under its `models/RUN_ID/`."""
REPORT = "report.html"
"""Name of a run's report under its `runs/RUN_ID/`."""
MAX_KEY = 1024
"""The longest key that S3 allows, in bytes."""
MAX_NAME_PART = 255
"""The longest part of a corpus's key, in bytes: it becomes a file name on the training instance."""

PLAN_METADATA = "training-plan"
"""The entry of a corpus's metadata that names the key of the plan it was uploaded with."""
_FIXED_PLANS = f"{PLANS}by-content/"

LATEST = "latest"
"""How a user names the newest run."""
NAMED = "@"
"""What marks the name of a current model where a run is asked for: `@news`. No run's id holds it."""
LOCAL_ACCOUNT = "0" * 12
"""The local cloud's account number, which no account of AWS has."""
_RUN_ID = re.compile(f"[a-zA-Z0-9][a-zA-Z0-9-]{{,{MAX_JOB_NAME - 1}}}")
_READABLE_AND_IDENTITY = re.compile(rf"(.*?)(-[0-9a-f]{{{FINGERPRINT_DIGITS}}}(?:-\d+)?)?")
_NO_PARTS = frozenset({"", ".", ".."})

RUN_ID_TAG, TABLE_TAG = "wordvectors:run-id", "wordvectors:runs-table"
"""Tags of a training job: the run it belongs to, and the table, and so the deployment, that has this run."""


def is_local(execution_arn: str | None) -> bool:
    """Whether an execution is the local cloud's, where nothing is paid."""
    return f":{LOCAL_ACCOUNT}:" in (execution_arn or "")


def fingerprint(*, bucket: str, key: str, etag: str, plan_json: str) -> str:
    """Return the SHA-256, in hex, of what makes a run: the corpus as uploaded, and the resolved plan.

    Parameters
    ----------
    etag
        The object's ETag, without quotes.
    plan_json
        `TrainingPlan.canonical_json()`; of a plan that could not be resolved, the text as it was given.
    """
    identity = json.dumps([bucket, key, etag.strip('"'), plan_json], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(identity.encode()).hexdigest()


def run_id(*, prefix: str, key: str, fingerprint: str, attempt: int = 1) -> str:
    """Return the run's name, which is also its first training job's: `PREFIX-SLUG-FINGERPRINT12[-ATTEMPT]`.

    Examples
    --------
    >>> run_id(prefix="wv", key="corpora/My news (2024).txt", fingerprint="0123456789abcdef")
    'wv-my-news-2024-0123456789ab'
    """
    tail = fingerprint[:FINGERPRINT_DIGITS] + (f"-{attempt}" if attempt > 1 else "")
    room = MAX_JOB_NAME - len(prefix) - len(tail) - 2
    readable = slug(corpus_name(key))[:room].strip("-")
    return "-".join(part for part in (prefix, readable, tail) if part)


def training_job_name(run: str, number: int) -> str:
    """Return the name of a run's n-th training job: the first is named like the run.

    A later one's ends in `-jN`, which no run's id does: that ends in digits or in the fingerprint. Where this does
    not fit, the readable part gives way.

    Examples
    --------
    >>> training_job_name("wv-news-0123456789ab", 1), training_job_name("wv-news-0123456789ab-2", 3)
    ('wv-news-0123456789ab', 'wv-news-0123456789ab-2-j3')
    """
    if number == 1:
        return run
    readable, identity = _parts(run)
    tail = f"{identity}-j{number}"
    return readable[: MAX_JOB_NAME - len(tail)].rstrip("-") + tail


def readable_part(run: str) -> str:
    """Return a run's id without what tells it from others of its corpus.

    Examples
    --------
    >>> readable_part("wv-news-0123456789ab-2")
    'wv-news'
    """
    return _parts(run)[0]


def _parts(run: str) -> tuple[str, str]:
    found = _READABLE_AND_IDENTITY.fullmatch(run)
    readable, identity = found.groups("") if found else (run, "")
    return readable, identity


def is_training_job_of(run: str, job: str) -> bool:
    """Whether a training job has one of the names that a run's jobs have."""
    digits = job.rpartition("-j")[2]
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 3 else 0
    return job == (training_job_name(run, number) if number > 1 else run)


def is_run_id(text: str) -> bool:
    """Whether a text may be a run's id or the beginning of one; nothing, a name with a dot, or a path, is none."""
    return _RUN_ID.fullmatch(text) is not None


def may_mean_run(text: str) -> bool:
    """Whether a text may mean a run: by its id, the beginning of one, or the name of a current model, `@NAME`."""
    return text.startswith(NAMED) or is_run_id(text)


def marked(names: Iterable[str]) -> list[str]:
    """Return names of current models as they are written where a run is asked for: `@NAME`."""
    return [f"{NAMED}{name}" for name in names]


def slug(text: str) -> str:
    """Return a text as lower-case letters and digits of ASCII, with single hyphens between."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def corpus_name(key: str) -> str:
    """Return the corpus's name: its key without `corpora/` and `.txt`.

    Examples
    --------
    >>> corpus_name("corpora/blogs/2004.txt")
    'blogs/2004'
    """
    return key.removeprefix(CORPORA).removesuffix(CORPUS_SUFFIX)


def is_corpus_key(key: str) -> bool:
    """Whether an object with this key is a corpus: `corpora/NAME.txt`.

    A name has no empty part, no part `.` or `..`, and no control character: HTTP clients turn
    `plans/../models/x.json` into `models/x.json`, and what is shown should be what is there. Nor has it a part
    that is no name for a file.

    Examples
    --------
    >>> is_corpus_key("corpora/blogs/2004.txt"), is_corpus_key("corpora/../models/x.txt")
    (True, False)
    """
    if not (key.startswith(CORPORA) and key.endswith(CORPUS_SUFFIX)):
        return False
    name = corpus_name(key)
    if not (_NO_PARTS.isdisjoint(name.split("/")) and plain(name, MAX_KEY) == name):
        return False
    in_bytes = key.encode()
    return len(in_bytes) <= MAX_KEY and max(map(len, in_bytes.split(b"/"))) <= MAX_NAME_PART


def stored_key(key: str) -> str:
    """Return a key as the table holds it: a corpus's as it is, another's made fit; never empty.

    An index key of DynamoDB holds 1 to 2,048 bytes.
    """
    return key if is_corpus_key(key) else plain(key, 400) or "unknown"


def plan_key(corpus_key: str) -> str:
    """Return the key of the optional plan that belongs to a corpus: `plans/NAME.json`."""
    return f"{PLANS}{corpus_name(corpus_key)}.json"


def run_key(run: str, name: str) -> str:
    """Return the key of a file that the pipeline derives from a run: `runs/RUN_ID/NAME`."""
    return f"{RUNS}{run}/{name}"


def served_key(run: str) -> str:
    """Return the key of the file that a run's model is served from: `models/RUN_ID/serving/model.safetensors`."""
    return f"{MODELS}{run}/{SERVED}"


def served_run(key: str) -> str | None:
    """Return the run whose model an object is served from; None for any other object."""
    run = key.removeprefix(MODELS).removesuffix(f"/{SERVED}")
    return run if is_run_id(run) and key == served_key(run) else None


def checkpoints_prefix(fingerprint: str) -> str:
    """Return where the checkpoints of a run are: `checkpoints/FINGERPRINT/`.

    All attempts at one corpus with one plan have the same, so that one goes on where another was stopped.
    """
    return f"{CHECKPOINTS}{fingerprint}/"


def fixed_plan_key(text: bytes) -> str:
    """Return the key of a plan that never changes, because it is named after its content."""
    return f"{_FIXED_PLANS}{hashlib.sha256(text).hexdigest()}.json"


def is_fixed_plan_key(key: str) -> bool:
    """Whether this is a key that `fixed_plan_key` returns."""
    return re.fullmatch(re.escape(_FIXED_PLANS) + r"[0-9a-f]{64}\.json", key) is not None
