"""A job's checkpoints: the folder that SageMaker keeps in S3 while the algorithm runs.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_cloud.sagemaker.transfer import TransferError, download_folder, split_uri

LOCAL_PATH = "/opt/ml/checkpoints"
"""Where the folder is if the request does not say."""
SECONDS_PER_LOOK = 1.0

_Stamp = tuple[int, int]


class CheckpointFolder:
    """A folder whose files are brought from S3 and, as they change, to S3; what is removed there stays in S3.

    Parameters
    ----------
    s3 : boto3 S3 client
        With the job's role.
    uri : str
        The prefix in S3.
    folder : Path
        Is made.

    Raises
    ------
    TransferError
        When the role may not list or read what is under the prefix.
    """

    def __init__(self, s3: Any, uri: str, folder: Path, role_arn: str) -> None:
        self._s3, self._folder, self._role_arn = s3, folder, role_arn
        self._bucket, prefix = split_uri(uri)
        self._prefix = prefix.rstrip("/") + "/"
        folder.mkdir(parents=True, exist_ok=True)
        download_folder(s3, f"s3://{self._bucket}/{self._prefix}", folder, role_arn)
        self._kept = self._stamps()
        self._ended = threading.Event()
        self._fault: TransferError | None = None
        self._thread = threading.Thread(target=self._keep, name=f"checkpoints-{prefix}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Bring the last changes to S3.

        Raises
        ------
        TransferError
            When the role may not write there.
        """
        self.abandon()
        if self._fault is None:
            self._upload(self._stamps())
        if self._fault is not None:
            raise self._fault

    def abandon(self) -> None:
        """Bring nothing more to S3."""
        self._ended.set()
        self._thread.join()

    def _keep(self) -> None:
        last = self._stamps()
        while not self._ended.wait(SECONDS_PER_LOOK) and self._fault is None:
            now = self._stamps()
            self._upload({path: stamp for path, stamp in now.items() if last.get(path) == stamp})
            last = now

    def _stamps(self) -> dict[Path, _Stamp]:
        """Return when each file was changed, and its size; what is renamed meanwhile is seen the next time."""
        found = {}
        for path in self._folder.rglob("*"):
            try:
                told = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file():
                found[path] = told.st_mtime_ns, told.st_size
        return found

    def _upload(self, stamps: Mapping[Path, _Stamp]) -> None:
        """Upload those files that are not kept as they are."""
        for path, stamp in stamps.items():
            if self._kept.get(path) == stamp:
                continue
            key = self._prefix + path.relative_to(self._folder).as_posix()
            try:
                self._s3.upload_file(str(path), self._bucket, key)
            except FileNotFoundError:
                continue
            except Exception as problem:  # boto3 wraps what the service answers into S3UploadFailedError
                self._fault = TransferError(
                    f"ClientError: Checkpoint upload failed: the role {self._role_arn} could not write "
                    f"s3://{self._bucket}/{key}: {problem}"
                )
                return
            self._kept[path] = stamp
