"""What takes room: in the bucket with old versions, in the local cloud's folder, and in the cache."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from wordvectors.aws.versions import Versions
from wordvectors.client.cache import bytes_of
from wordvectors.client.deployment import Deployment


@dataclass
class Room:
    """What a folder takes.

    Attributes
    ----------
    objects, bytes : int
        In the bucket, of what is current.
    old_objects, old_bytes : int
        Of versions that were replaced or deleted; a lifecycle rule removes them after 30 days.
    """

    objects: int = 0
    bytes: int = 0
    old_objects: int = 0
    old_bytes: int = 0


def of_bucket(deployment: Deployment) -> dict[str, Room]:
    """Return what each folder of the bucket takes, the largest first."""
    folders: dict[str, Room] = defaultdict(Room)
    for version in Versions(deployment.s3, deployment.bucket.name).under(""):
        room = folders[version.key.partition("/")[0] + "/" if "/" in version.key else version.key]
        if version.is_latest and version.bytes:
            room.objects, room.bytes = room.objects + 1, room.bytes + version.bytes
        else:
            room.old_objects, room.old_bytes = room.old_objects + 1, room.old_bytes + version.bytes
    return dict(sorted(folders.items(), key=lambda item: -(item[1].bytes + item[1].old_bytes)))


def of_folder(folder: Path) -> dict[str, int]:
    """Return how many bytes each entry of a folder takes, the largest first; nothing if there is no such folder."""
    try:
        sizes = {path.name: bytes_of(path) for path in folder.iterdir()}
    except OSError:
        return {}
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))
