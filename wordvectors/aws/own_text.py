"""Questions about the text that a run was trained on, as long as it lies in the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wordvectors.aws.bucket import Bucket
from wordvectors.aws.unreadable import ObjectReplaced, UnreadableObject
from wordvectors.lifecycle.run import Corpus

if TYPE_CHECKING:
    from wordvectors.evaluation.own_text import OwnText


class OwnTextUnread(ValueError):
    """A text about which nothing can be asked any more; the message says why."""


def read_own_text(bucket: Bucket, corpus: Corpus) -> OwnText:
    """Read samples of a run's corpus, and make questions of them.

    Raises
    ------
    OwnTextUnread
        When the corpus was replaced or deleted since, or can't be read.
    """
    from wordvectors.evaluation.own_text import own_text, sampled  # numpy takes a while

    key = corpus.key or ""
    stored = bucket.find(key)
    if stored is None or stored.etag != corpus.etag:
        raise OwnTextUnread(f"{bucket.uri(key)} is no longer the text that was trained on")
    try:
        return own_text(sampled(bucket.reader(stored).read, stored.bytes))
    except (ObjectReplaced, UnreadableObject) as fault:
        raise OwnTextUnread(str(fault)) from fault
