"""Objects under a KMS key: S3 gives them only to those who may use the key, which ministack does not ask.

Who asks for KMS and names no key gets AWS's own, `aws/s3`, which lets everybody of the account use it through S3 (S3
user guide, "Using server-side encryption with AWS KMS keys"). ministack refuses that.
"""

from __future__ import annotations

from typing import Any

from local_cloud.connection import ACCOUNT_ID, REGION
from local_cloud.emulator.seams import replace, require

_ENCRYPTION, _KEY = "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"
_KEYS = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/"
_OF_S3 = f"{_KEYS}00000000-0000-0000-0000-000000000003"
_ALIASES_OF_S3 = ("", "alias/aws/s3", f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:alias/aws/s3")


def install() -> None:
    """Let GetObject and HeadObject ask IAM for `kms:Decrypt` on the key of what they read."""
    from ministack.services import s3

    require(s3, "_error")
    for name in ("_get_object", "_head_object"):
        replace(s3, name, _with_the_key)
    replace(s3, "_resolve_sse_write_headers", _naming_the_key)


def _naming_the_key(original: Any) -> Any:
    def resolve_sse_write_headers(headers: dict[str, str], bucket_name: str) -> Any:
        if headers.get(_ENCRYPTION) == "aws:kms" and headers.get(_KEY, "") in _ALIASES_OF_S3:
            headers = {**headers, _KEY: _OF_S3}
        return original(headers, bucket_name)

    return resolve_sse_write_headers


def _with_the_key(original: Any) -> Any:
    def read(
        bucket_name: str,
        key: str,
        headers: dict[str, str] | None = None,
        query_params: dict[str, Any] | None = None,
    ) -> Any:
        answer = original(bucket_name, key, headers or {}, query_params or {})
        kms_key = answer[1].get(_KEY)
        of_its_own = kms_key and kms_key != _OF_S3
        denied = _denied(kms_key, headers or {}, query_params or {}) if of_its_own else None
        return denied or answer

    return read


def _denied(kms_key: str, headers: dict[str, str], query_params: dict[str, Any]) -> Any:
    """Return S3's refusal of a caller who may not use a key; None if that one may."""
    from ministack.core.iam_evaluator import enforce
    from ministack.core.router import extract_access_key_id
    from ministack.services import s3

    arn = kms_key if kms_key.startswith("arn:") else f"{_KEYS}{kms_key}"
    through = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
    caller = extract_access_key_id(headers, query_params)
    denied = enforce(caller, "kms:Decrypt", "kms", REGION, arn, service_context=through)
    if denied is None:
        return None
    return s3._error(
        "AccessDenied",
        f"User: {getattr(denied, 'principal_arn', '')} is not authorized to perform: kms:Decrypt on resource: {arn} "
        "because no identity-based policy allows the kms:Decrypt action",
        403,
    )
