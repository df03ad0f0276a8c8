"""Where the local cloud keeps its files, and what a client needs to reach it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wordvectors.blazingtext.regions import BLAZINGTEXT, SCIKIT_LEARN
from wordvectors.client.home import connection_file
from wordvectors.client.local_server import UNKNOWN_VERSION
from wordvectors.files import faults_named
from wordvectors.json_text import parse_json
from wordvectors.lifecycle.keys import LOCAL_ACCOUNT
from wordvectors.lifecycle.outputs import Output

if TYPE_CHECKING:
    from boto3 import Session

ACCOUNT_ID = LOCAL_ACCOUNT
REGION = "us-east-1"
THIS_MACHINE = "127.0.0.1"
STAY = b"stay\n"
"""What a server is told once it can be found; one whose starter is gone before ends by itself."""
PORT_TAKEN = 3
"""Exit status of a server whose port another program has taken."""
EXTENSION_VARIABLE = "WORDVECTORS_EXTENSION"
"""Names the module by which a local cloud is changed, if its start names none (see `local_cloud.extension`)."""


class Files:
    """The files of one local cloud, all in `folder`, which is `HOME/local`.

    Attributes
    ----------
    connection, settings
        What a client and what the server need; both hold the secret key, so only their owner may read them.
    process
        The server's process id and start time.
    aws_config
        The configuration of AWS clients that are to read none of the user's.
    lock, server_lock
        Held while the local cloud is started or stopped, and by the server for as long as it lives.
    state, objects
        ministack's state, and the objects in the account's buckets.
    jobs, glue
        A folder for each training job, and for each run of a Glue job while it lasts.
    temporary
        The server's TMPDIR; emptied at each start.
    assembly
        The synthesized stacks.
    deployment
        What was deployed last: hash of the sources and the outputs.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.connection = connection_file(home)
        self.folder = folder = self.connection.parent
        self.settings = folder / "settings.json"
        self.process = folder / "server.json"
        self.aws_config = folder / "aws_config"
        self.log = folder / "server.log"
        self.lock = folder / "lock"
        self.server_lock = folder / "server.lock"
        self.state = folder / "state"
        self.objects = folder / "s3"
        self.jobs = folder / "jobs"
        self.temporary = folder / "tmp"
        self.assembly = folder / "cdk.out"
        self.glue = folder / "glue"
        self.deployment = folder / "deployment.json"


@dataclass
class Settings:
    """The server's settings.

    Attributes
    ----------
    port : int
    access_key_id, secret_access_key : str
        The administrator's.
    training_jobs : int
        How many training jobs may run at a time; one more is refused with ResourceLimitExceeded.
    stop_grace_seconds : float
        Between SIGTERM and SIGKILL of a training job.
    interrupt_spot_seconds : float or None
        How long a job on spot capacity trains until it is interrupted, once; None: it never is.
    commands : dict
        Image repository name -> command line of the process that stands in for the container; empty if what it is to
        run comes with each request.
    cleaning_jobs : int
        How many Glue jobs may run at a time.
    cleaning_on_spark : bool
        Whether they run on PySpark in local mode, which must be installed; else on this machine without it.
    extension : str
        The module that the server lets change the emulator (see `local_cloud.extension`, which changes nothing).
    """

    port: int
    access_key_id: str
    secret_access_key: str
    training_jobs: int = 2
    stop_grace_seconds: float = 120.0
    interrupt_spot_seconds: float | None = None
    commands: dict[str, list[str]] = field(
        default_factory=lambda: {
            BLAZINGTEXT.repository: [sys.executable, "-m", "wordvectors.trainer", "train"],
            SCIKIT_LEARN.repository: [],
        }
    )
    cleaning_jobs: int = 2
    cleaning_on_spark: bool = False
    extension: str = field(
        default_factory=lambda: os.environ.get(EXTENSION_VARIABLE, "local_cloud.extension")
    )


@dataclass
class Connection:
    """What a client needs to use the local cloud; the stacks' names are empty until they are deployed."""

    endpoint_url: str
    region: str
    account_id: str
    access_key_id: str
    secret_access_key: str
    pid: int
    home: str
    log_file: str
    version: str = UNKNOWN_VERSION
    """Of the project, by which the server was started."""
    bucket: str = ""
    table: str = ""
    state_machine_arn: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """The port of the endpoint."""
        return urlsplit(self.endpoint_url).port or 0

    @cached_property
    def session(self) -> Session:
        """The administrator's boto3 session."""
        from wordvectors.aws.clients import local_session

        return local_session(self.region, self.access_key_id, self.secret_access_key)

    def client(self, service: str, **settings: Any) -> Any:
        """Return the administrator's boto3 client of a service; the settings are those of `boto3.client`."""
        return self.session.client(service, endpoint_url=self.endpoint_url, **settings)

    def environment(self) -> dict[str, str]:
        """Environment variables with which any AWS client works against the local cloud.

        They outweigh what the user's own variables and files say; `unwanted` names those that none outweighs.
        """
        own = {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": "",
            "AWS_PROFILE": "default",
            "AWS_CONFIG_FILE": str(Files(Path(self.home)).aws_config),
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
        if direct.strip() != "*":
            direct = ",".join(dict.fromkeys([*filter(None, direct.split(",")), THIS_MACHINE]))
        return own | {"NO_PROXY": direct, "no_proxy": direct}

    def unwanted(self) -> list[str]:
        """Names of the user's variables that would keep an AWS client from the local cloud."""
        harmless = ("AWS_PAGER", "AWS_CLI_", "AWS_DEFAULT_OUTPUT")
        own = self.environment()
        return sorted(
            name for name in os.environ
            if name.startswith("AWS_") and not name.startswith(harmless) and name not in own
        )  # fmt: skip

    def with_outputs(self, outputs: dict[str, str]) -> Connection:
        """The same connection with the outputs of the deployed stacks."""
        names = {"bucket": Output.BUCKET, "table": Output.TABLE, "state_machine_arn": Output.STATE_MACHINE}
        known = {name: outputs.get(output, "") for name, output in names.items()}
        return Connection(**(asdict(self) | known | {"outputs": dict(outputs)}))

    def to_json(self) -> str:
        """The connection as JSON."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def load(cls, home: Path) -> Connection | None:
        """The connection a start has written, or None."""
        found = read_json(Files(home).connection)
        if found is None:
            return None
        return cls(**{f.name: found[f.name] for f in fields(cls) if f.name in found})


def read_json(path: Path) -> Any:
    """The content of a JSON file; None when it is missing or torn."""
    try:
        return parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file only its owner may read, whole or not at all, a power cut included; text as UTF-8."""
    partial = path.with_name(path.name + ".tmp")
    partial.unlink(missing_ok=True)
    try:
        with (
            faults_named(path),
            os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        ):
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)  # a full disk needs its room
        raise
