"""A job's objects: the corpus from S3, the model to S3, over HTTP and as the job's role."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from wordvectors.aws.errors import error_code, error_message

_GZIP_LEVEL = 1  # vectors hardly compress; time is what counts


class TransferError(Exception):
    """A transfer that failed; the text is the job's FailureReason."""


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an s3:// URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def download_channel(s3: Any, channel: dict[str, Any], folder: Path, role_arn: str) -> int:
    """Download every object whose key begins with the channel's S3 prefix.

    Parameters
    ----------
    s3 : boto3 S3 client
        With the job's role.
    channel : dict
        An entry of InputDataConfig.
    folder : Path
        Where the objects go, each under what follows the last "/" of the prefix.
    role_arn : str
        For the message of a failure.

    Returns
    -------
    int
        Bytes downloaded.

    Raises
    ------
    TransferError
        When nothing matches, the role may not list or read, or a key can't become a file in the folder.
    """
    uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
    objects = _list(s3, uri, role_arn)
    if not objects:
        raise TransferError(_not_found(s3, uri, role_arn))
    return _download(s3, uri, objects, folder, role_arn)


def download_folder(s3: Any, uri: str, folder: Path, role_arn: str) -> int:
    """Download what lies under a prefix that ends in "/", if there is anything; return the bytes.

    Raises
    ------
    TransferError
        When the role may not list or read, or a key can't become a file in the folder.
    """
    return _download(s3, uri, _list(s3, uri, role_arn), folder, role_arn)


def _list(s3: Any, uri: str, role_arn: str) -> list[dict[str, Any]]:
    bucket, prefix = split_uri(uri)
    try:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        objects = [item for page in pages for item in page.get("Contents", [])]
    except ClientError as problem:
        raise TransferError(_not_found(s3, uri, role_arn)) from problem
    return [item for item in objects if not item["Key"].endswith("/")]


def _download(s3: Any, uri: str, objects: list[dict[str, Any]], folder: Path, role_arn: str) -> int:
    bucket, prefix = split_uri(uri)
    folder.mkdir(parents=True, exist_ok=True)
    parent = prefix.rpartition("/")[0]
    for item in objects:
        target = folder / item["Key"].removeprefix(parent).lstrip("/")
        try:
            if folder.resolve() not in target.resolve().parents:
                raise TransferError(
                    f"ClientError: Data download failed:s3://{bucket}/{item['Key']} would lie outside of its folder."
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(bucket, item["Key"], str(target))
        except OSError as problem:  # a part of the key is too long for a name, or names a file and a folder
            raise TransferError(
                f"ClientError: Data download failed:s3://{bucket}/{item['Key']} can't become a file: "
                f"{problem.strerror}."
            ) from problem
        except ClientError as problem:
            raise TransferError(
                f"ClientError: Data download failed:Failed to download data. {_reason(problem)}: "
                f"the role {role_arn} could not read s3://{bucket}/{item['Key']}."
            ) from problem
    return sum(item["Size"] for item in objects)


def upload_folder(s3: Any, folder: Path, uri: str, role_arn: str) -> bool:
    """Pack a folder as .tar.gz and upload it; False when the folder is empty.

    Raises
    ------
    TransferError
        When the role may not write there.
    """
    members = sorted(folder.iterdir()) if folder.is_dir() else []
    if not members:
        return False
    archive = folder.parent / f"{folder.name}.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=_GZIP_LEVEL) as packed:
        for member in members:
            packed.add(member, arcname=member.name)
    bucket, key = split_uri(uri)
    try:
        s3.upload_file(str(archive), bucket, key)
    except Exception as problem:  # boto3 wraps what the service answers into S3UploadFailedError
        raise TransferError(
            f"ClientError: Artifact upload failed:{_reason(problem)}: "
            f"the role {role_arn} could not write {uri}."
        ) from problem
    finally:
        archive.unlink(missing_ok=True)
    return True


def _not_found(s3: Any, uri: str, role_arn: str) -> str:
    bucket, _ = split_uri(uri)
    return (
        f'ClientError: No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure '
        f"that the bucket exists in the selected region ({s3.meta.region_name}), that objects exist under "
        f'that S3 prefix, and that the role "{role_arn}" has "s3:ListBucket" permissions on bucket '
        f'"{bucket}".'
    )


def _reason(problem: Exception) -> str:
    if isinstance(problem, ClientError):
        status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "no status")
        return f"{error_code(problem)} ({status}) {error_message(problem)}".strip()
    return str(problem)
