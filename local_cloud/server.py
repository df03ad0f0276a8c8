"""The local cloud's server process: `python -m local_cloud.server HOME`.

Started by `local_cloud.account`, which sets the environment ministack reads when it is imported.
"""

from __future__ import annotations

import asyncio
import errno
import importlib
import logging
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any, cast

from local_cloud import pricing, processes
from local_cloud.connection import ACCOUNT_ID, PORT_TAKEN, REGION, STAY, Files, Settings, read_json
from local_cloud.emulator import (
    archives,
    buckets,
    credentials,
    custom_resources,
    durable,
    encryption,
    function_urls,
    lambdas,
    log_events,
    members,
    metrics,
    permissions,
    persistence,
    refusals,
    requests,
    updates,
    versions,
    workflow,
)
from local_cloud.emulator.asgi import Application, Message, Receive, Scope, Send
from local_cloud.emulator.seams import SeamError
from local_cloud.glue.runner import Host as GlueHost
from local_cloud.glue.service import Glue
from local_cloud.sagemaker.jobs import JobStore
from local_cloud.sagemaker.runner import Host
from local_cloud.sagemaker.service import SageMaker
from wordvectors.client import local_server

log = logging.getLogger("local_cloud")

_LISTENING_SECONDS = 0.2
"""From the end of ministack's start until requests are answered, as functions need it that an event is delivered to."""


def main(home: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    files = Files(home)
    held = processes.hold(files.server_lock)
    if held is None:
        raise persistence.StateError(f"Another local cloud uses {files.folder}.")
    persistence.check(files.state)
    settings = Settings(**read_json(files.settings))
    endpoint_url = f"http://127.0.0.1:{settings.port}"

    from ministack import app  # reads the environment

    # It prints each error of an execution as a page of objects.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)

    extension = importlib.import_module(settings.extension)
    saver = persistence.Saver(files.state)
    requests.install()
    permissions.install()
    credentials.install(ACCOUNT_ID, settings.access_key_id, settings.secret_access_key)
    lambdas.install()
    function_urls.install(settings.port)
    updates.install()
    buckets.install()
    versions.install()
    custom_resources.install()
    metrics.install()
    archives.install()
    encryption.install()
    refusals.install()
    members.install()
    log_events.install()
    pricing.install()
    saver.install()
    durable.install()
    host = Host(
        JobStore(files.jobs),
        endpoint_url,
        REGION,
        settings.commands,
        settings.stop_grace_seconds,
        settings.interrupt_spot_seconds,
    )
    sagemaker = SageMaker(host, ACCOUNT_ID, settings.training_jobs)
    sagemaker.install()
    on_spark = {"--engine": "spark", "--spark-master": "local[*]"}
    engine = on_spark if settings.cleaning_on_spark else {"--engine": "one-machine"}
    glue = Glue(GlueHost(files.glue, endpoint_url, REGION, engine), settings.cleaning_jobs)
    glue.install()
    workflow.install(endpoint_url, saver.saved, partial(extension.install_interpreter, files))
    extension.install(files)
    proof = partial(local_server.proof, settings.secret_access_key, settings.port)
    gateway = requests.Gateway(durable.Durable(app.app, saver), settings.port, proof)
    try:
        asyncio.run(_serve(gateway, settings.port, sagemaker, glue, saver))
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE:
            raise
        log.error("%s", problem)
        sys.exit(PORT_TAKEN)
    _end(files, saver)


async def _serve(
    gateway: Application, port: int, sagemaker: SageMaker, glue: Glue, saver: persistence.Saver
) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    stop = asyncio.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(kind, stop.set)

    async def stop_wanted() -> None:
        await stop.wait()
        log.info("Stopping")
        await asyncio.to_thread(sagemaker.shut_down)
        await asyncio.to_thread(glue.shut_down)

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    sagemaker.take_up_interrupted()

    def begin() -> None:
        saver.start()
        sagemaker.go_on()

    async def saved_once_loaded(scope: Scope, receive: Receive, send: Send) -> None:
        """Save only from when ministack has read the saved state: before, what it holds is not the whole."""

        async def begin_when_loaded(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                begun = threading.Thread(target=begin, daemon=True).start
                asyncio.get_running_loop().call_later(_LISTENING_SECONDS, begun)

        await gateway(scope, receive, begin_when_loaded if scope["type"] == "lifespan" else send)

    framework = cast(Any, saved_once_loaded)  # hypercorn has types of its own
    await serve(framework, config, shutdown_trigger=stop_wanted)


def _end(files: Files, saver: persistence.Saver) -> None:
    """Save, and end at once: threads that still wait for something would hold the exit up."""
    from ministack.core import lambda_runtime

    try:
        saver.save_everything()
        files.process.unlink(missing_ok=True)
    except OSError:
        log.exception("The state could not be saved")
    workflow.stop_all()
    lambda_runtime.reset()
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


def _end_unless_told_to_stay() -> None:
    if os.read(0, len(STAY)) != STAY:  # not by sys.stdin: an exit would wait for its lock
        os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_unless_told_to_stay, daemon=True).start()
    try:
        main(Path(sys.argv[1]))
    except (SeamError, persistence.StateError) as problem:
        sys.exit(str(problem))
