"""`wordvectors local`: the AWS account on this machine."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

from wordvectors.cli import interrupt
from wordvectors.cli.output import AsJson, CommandError, agreed, console, errors, print_json, show_facts
from wordvectors.extras import require
from wordvectors.lifecycle.limits import RUN_TIME_QUOTA
from wordvectors.project import make_importable

if TYPE_CHECKING:
    from local_cloud.connection import Connection

P = ParamSpec("P")
T = TypeVar("T")

app = typer.Typer(help="The local cloud: an AWS account on this machine.", no_args_is_help=True)

GOES_ON = (
    "If the local cloud has come up, it keeps running: `wordvectors local status` shows it, "
    "`wordvectors local stop` ends it."
)


@app.command("start")
def start_command(
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Port of its endpoint.")
    ] = None,
    interrupt_spot: Annotated[
        float | None,
        typer.Option(
            "--interrupt-spot",
            metavar="SECONDS",
            min=0,
            max=RUN_TIME_QUOTA.default,
            help="Interrupt each training on spot capacity once, after this many seconds.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start the local cloud and deploy the stacks to it; its state is in WORDVECTORS_HOME (~/.wordvectors)."""
    with interrupt.says(GOES_ON):
        connection = start(port, interrupt_spot_seconds=interrupt_spot)
    if as_json:
        print_json(asdict(connection))
        return
    _describe(connection)


@app.command("stop")
def stop_command(
    force: Annotated[
        bool, typer.Option("--force", help="Do not ask, even if trainings are running.")
    ] = False,
) -> None:
    """Stop the local cloud; its runs and models are kept.

    Asks first if trainings are running; at the next start, those without a checkpoint start over.
    """
    _make_ready()
    from local_cloud import account

    running = [] if force else account.unfinished()
    if running:
        errors.say(
            f"Still training: {', '.join(running)}. At the next start these go on from their last checkpoint, or start "
            "over if they have none."
        )
        if not agreed("Stop the local cloud all the same?"):
            raise CommandError("The local cloud was not stopped", advice="--force stops it without asking.")
    with interrupt.says(
        "The local cloud may still be stopping: `wordvectors local status` shows whether it is."
    ):
        stopped = _plainly(account.stop)
    console.say(
        "The local cloud has stopped; its state is kept." if stopped else "The local cloud was not running."
    )


@app.command("status")
def status_command(as_json: AsJson = False) -> None:
    """Show whether the local cloud is running, and how AWS clients reach it."""
    _make_ready()
    from local_cloud import account

    status = _plainly(account.status)
    if as_json:
        print_json({"running": status.running, **(asdict(status.connection) if status.connection else {})})
    elif status.connection is None or not status.running:
        console.say("The local cloud is not running. Start it with `wordvectors local start`.")
    elif not status.connection.bucket:
        raise CommandError(
            "The local cloud runs, but its stacks are not deployed: its first start was interrupted",
            advice="`wordvectors local start` deploys them.",
        )
    else:
        _describe(status.connection)
    if not status.running:
        raise typer.Exit(1)


def start(port: int | None = None, **settings: Any) -> Connection:
    """Start the local cloud, or find it running; return how to reach it."""
    _make_ready()
    from local_cloud import account

    with errors.status("Starting the local cloud and deploying the stacks to it …"):
        return _plainly(account.start, port=port, **settings)


def _make_ready() -> None:
    """Let the local cloud be imported, which is no part of the package."""
    require("local")
    make_importable()


def _describe(connection: Connection) -> None:
    console.say(f"The local cloud runs at {connection.endpoint_url}")
    facts = {
        "bucket": connection.bucket,
        "table": connection.table,
        "state machine": connection.state_machine_arn,
        "log": connection.log_file,
    }
    show_facts(facts.items(), indent=2)
    console.say("\nAny AWS client works against it, with:")
    unset = f"unset {' '.join(unwanted)}; " if (unwanted := connection.unwanted()) else ""
    for name, value in connection.environment().items():
        console.show(f"  {unset}export {name}={shlex.quote(value)}")
        unset = ""


def _plainly(action: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Run a step of the local cloud; its errors are sentences."""
    from local_cloud.errors import LocalCloudError

    try:
        return action(*args, **options)
    except LocalCloudError as error:
        raise CommandError("The local cloud could not do it", [str(error)]) from error
