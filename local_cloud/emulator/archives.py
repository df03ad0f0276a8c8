"""Which archived objects have been restored: S3 says it in its listings, ministack to HeadObject alone."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import SubElement

from local_cloud.emulator.seams import replace, require_all

_CLASS = b"<StorageClass>"


def install() -> None:
    """Let ListObjectsV2 tell the restore status; here to all, in AWS to those who ask for it."""
    from ministack.services import s3

    require_all(
        s3, "S3_NS", "fromstring", "_ensure_bucket", "_restore_expiry_iso", "_sync_restore", "_xml_body"
    )
    replace(s3, "_list_objects_v2", _with_restore_status)


def _with_restore_status(original: Any) -> Any:
    def list_objects_v2(bucket_name: str, query_params: dict[str, Any]) -> Any:
        from ministack.services import s3

        status, headers, body = original(bucket_name, query_params)
        if status != 200 or body.count(_CLASS) == body.count(_CLASS + b"STANDARD<"):  # nothing to restore
            return status, headers, body
        objects = s3._ensure_bucket(bucket_name)["objects"]
        root, space = s3.fromstring(body), f"{{{s3.S3_NS}}}"
        for entry in root.iter(f"{space}Contents"):
            key = entry.findtext(f"{space}Key")
            found = objects.get(key) or objects.get(unquote(key))
            phase = s3._sync_restore(bucket_name, key, found)
            if found is None or phase is None:
                continue
            told = SubElement(entry, f"{space}RestoreStatus")
            SubElement(told, f"{space}IsRestoreInProgress").text = str(phase == "in_progress").lower()
            if phase == "restored":
                expires = s3._restore_expiry_iso(found["restore"]["expires_at"])
                SubElement(told, f"{space}RestoreExpiryDate").text = expires
        return status, headers, s3._xml_body(root)

    return list_objects_v2
