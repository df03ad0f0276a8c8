"""Order a search, knowing beforehand which tuning it will be; and stop one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from wordvectors.aws.uploads import corpus_in, keys_beside
from wordvectors.client.deployment import Deployment, Stopped
from wordvectors.client.submission import etag_of, look_at, prepare, send
from wordvectors.files import range_reader
from wordvectors.lifecycle.checks import Content, GivenPlan
from wordvectors.tuning.checks import Judged, judge_order
from wordvectors.tuning.order import order_key
from wordvectors.tuning.tuning import Tuning, tuning_fingerprint, tuning_id


@dataclass(frozen=True)
class Ordered:
    """An order, and what the pipeline would say of it.

    Attributes
    ----------
    path : Path or None
        The corpus on this machine; None if it is in the bucket.
    name : str
        Of the order.
    text : bytes
        Its JSON.
    """

    path: Path | None
    name: str
    text: bytes
    judged: Judged

    @property
    def key(self) -> str:
        """The order's key in the bucket."""
        return order_key(self.name)

    @property
    def etag(self) -> str:
        """The ETag that the order has in the bucket."""
        return hashlib.md5(self.text, usedforsecurity=False).hexdigest()


def look_at_order(deployment: Deployment, path: Path | None, name: str, text: bytes) -> Ordered:
    """Judge an order, and its corpus on this machine or in the bucket, just as the pipeline judges it.

    Raises
    ------
    OSError
        When the corpus can't be read.
    """
    with ExitStack() as open_files:

        def corpus(key: str) -> tuple[Content | None, list[str]]:
            if path is None:
                return corpus_in(deployment.bucket, key)
            file = open_files.enter_context(path.open("rb"))
            return Content(path.stat().st_size, range_reader(file)), keys_beside(deployment.bucket, key)

        return Ordered(path, name, text, judge_order(text, deployment.place, corpus))


def attempts(deployment: Deployment, ordered: Ordered) -> tuple[list[Tuning], str]:
    """Return the tunings that were made of this order for this corpus, and the id of the next."""
    assert ordered.judged.order is not None
    key, corpus_key = ordered.key, ordered.judged.order.corpus_key
    stored = deployment.bucket.find(corpus_key)
    etag = etag_of(ordered.path) if ordered.path else stored.etag if stored else ""
    identity = tuning_fingerprint(
        bucket=deployment.bucket.name,
        key=key,
        order_etag=ordered.etag,
        corpus_etag=etag,
    )
    found: list[Tuning] = []
    while True:
        name = tuning_id(key, identity, len(found) + 1)
        tuning = deployment.tunings.get(name)
        if tuning is None:
            return found, name
        found.append(tuning)


def send_order(deployment: Deployment, ordered: Ordered, progress: Callable[[int], None]) -> None:
    """Upload corpus and order, in this sequence; the order starts the search.

    The corpus's upload starts a run of its own, as every corpus's does: it is uploaded with the plan without changes,
    so that this run is the search's first trial. A corpus that lies there already is not uploaded.
    """
    order, plan = ordered.judged.order, ordered.judged.plan
    assert order is not None
    assert plan is not None
    if ordered.path is not None:
        stored = deployment.bucket.find(order.corpus_key)
        if stored is None or stored.etag != etag_of(ordered.path):
            text = json.dumps(plan.model_dump(mode="json"), indent=2).encode()
            corpus = look_at(deployment, ordered.path, name=order.corpus, plan=GivenPlan(text))
            send(deployment, prepare(deployment, corpus), progress)
    deployment.bucket.write(ordered.key, ordered.text, "application/json")


def still_lies_there(deployment: Deployment, ordered: Ordered) -> bool:
    """Whether an order that was sent still lies at its key; once another does, or none, it starts nothing any more."""
    stored = deployment.bucket.find(ordered.key)
    return stored is not None and stored.etag == ordered.etag


def stop_tuning(deployment: Deployment, tuning: Tuning) -> Stopped:
    """Stop a tuning's execution; the pipeline then stops its trials and writes its final status."""
    if tuning.status.is_final:
        return Stopped.NOTHING
    return deployment.stop_execution(tuning.execution_arn, deployment.caller())
