"""Objects of a bucket that can't be read as they lie there: what S3's refusals mean, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from wordvectors.aws.errors import error_code, error_message
from wordvectors.json_text import size_fault
from wordvectors.plain_text import plain

_KMS_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")
_OF_KMS = re.compile(r"kms:Decrypt|customer master key|KMS key", re.IGNORECASE)
"""In an `AccessDenied` over a key; those over a key's state have codes of their own, `KMS.…`."""


class ObjectReplaced(ValueError):
    """An object is not, or no longer, the version that was to be read or replaced."""


class UnreadableObject(ValueError):
    """An object that can't be read as it lies there; the message names it, and what to do."""


class ObjectTooLarge(UnreadableObject):
    """An object that should be small; the message names its size and what is allowed."""

    def __init__(self, uri: str, size: int) -> None:
        super().__init__(size_fault(uri, size))
        self.size = size


class ObjectArchived(UnreadableObject):
    """An object in an archive of S3."""

    def __init__(self, uri: str) -> None:
        super().__init__(
            f"{uri} lies in an archive of S3, where it can't be read: restore it (aws s3api restore-object), "
            f"and then take it out (aws s3 cp {uri} {uri} --storage-class STANDARD)"
        )


class ObjectEncrypted(UnreadableObject):
    """An object under a KMS key that its reader can't use; S3 does not always name the key."""

    def __init__(self, uri: str, words: str) -> None:
        key = _KMS_KEY.search(words)
        named = f"the KMS key {key[0]}" if key else "a KMS key"
        super().__init__(
            f"{uri} is encrypted with {named}, which can't be used to read it: upload it again without naming a key, "
            "or add the key to kms_key_arns in cdk.json, let the key's own policy allow the account, and deploy "
            f"(S3: {plain(words)})"
        )


@contextmanager
def unreadable_objects_named(uri: str) -> Iterator[None]:
    """Raise `ObjectArchived`, `ObjectEncrypted` or `ObjectReplaced` in place of S3's refusals to read an object."""
    try:
        yield
    except ClientError as error:
        code, words = error_code(error), error_message(error)
        if code == "InvalidObjectState":
            raise ObjectArchived(uri) from error
        if code.startswith("KMS.") or (code == "AccessDenied" and _OF_KMS.search(words)):
            raise ObjectEncrypted(uri, words) from error
        if code == "PreconditionFailed":
            raise ObjectReplaced(f"{uri} was replaced or deleted while it was read") from error
        raise
