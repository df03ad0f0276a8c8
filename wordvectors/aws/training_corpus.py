"""What a training job reads when it fetches it: each object whose key begins with the corpus's key, or with a set's."""

from __future__ import annotations

from collections.abc import Sequence

from wordvectors.aws.bucket import Bucket
from wordvectors.aws.evaluation_sets import set_keys, set_prefix
from wordvectors.aws.unreadable import ObjectArchived
from wordvectors.lifecycle.checks import second_object_fault
from wordvectors.lifecycle.errors import CorpusChanged, SetChanged

_MOST_FILES = 1_000


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


def require_sets(bucket: Bucket, names: Sequence[str]) -> None:
    """Check again that there are files of these sets of the user's own, with a single call for each.

    Raises
    ------
    SetChanged
        When one was removed or archived since it was checked.
    """
    for name in names:
        possible = set_keys(name)
        found = [
            stored for stored in bucket.first(set_prefix(name), limit=_MOST_FILES) if stored.key in possible
        ]
        if not found:
            raise SetChanged(
                f"the evaluation set {name!r} was removed after the plan was checked; add it again (wordvectors sets "
                "add), or take it out of the plan, then: wordvectors train FILE --again"
            )
        for stored in found:
            if stored.archived:
                raise SetChanged(f"the evaluation set {name!r}: {ObjectArchived(bucket.uri(stored.key))}")
