"""What a training job reads: every object whose key begins with the corpus's key, when the job fetches it."""

from __future__ import annotations

from wordvectors.aws.bucket import Bucket
from wordvectors.aws.unreadable import ObjectArchived
from wordvectors.lifecycle.checks import second_object_fault
from wordvectors.lifecycle.errors import CorpusChanged


def require_unchanged(bucket: Bucket, key: str, etag: str) -> None:
    """Check a corpus again, with a single call.

    Raises
    ------
    CorpusChanged
        When it was replaced, deleted or archived since it was checked, or another object would be read with it.
    """
    found = bucket.first(key, limit=2)
    if not found or found[0].key != key:
        raise CorpusChanged(
            "the corpus was deleted after it was checked; to train it: wordvectors train FILE --again"
        )
    if found[0].etag != etag:
        raise CorpusChanged(
            "the corpus was replaced after it was checked; the new content has a run of its own"
        )
    if found[0].archived:
        raise CorpusChanged(str(ObjectArchived(bucket.uri(key))))
    if len(found) > 1:
        fault = second_object_fault(bucket.uri(found[1].key))
        raise CorpusChanged(f"{fault}, then: wordvectors train FILE --again")
