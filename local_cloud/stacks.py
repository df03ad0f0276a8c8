"""The product's stacks in the local cloud: synthesized and deployed when their sources have changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_cloud import assembly, deployer
from local_cloud.connection import Connection, Files, read_json, write_private


def ensure_deployed(
    connection: Connection, project: Path = assembly.PROJECT, context: dict[str, Any] | None = None
) -> dict[str, str]:
    """Deploy the stacks unless these very sources are deployed in this account already.

    Parameters
    ----------
    connection : Connection
        A running local cloud.
    project : Path
        The folder that holds app.py.
    context : dict, optional
        CDK context beside `assembly.LOCAL_SETTINGS`.

    Returns
    -------
    dict
        The outputs of all stacks.

    Raises
    ------
    SynthesisError, DeploymentError
        The server runs on; the next start tries again.
    """
    files = Files(Path(connection.home))
    sources = assembly.sources_hash(project, context)
    last = read_json(files.deployment) or {}
    if last.get("sources") == sources and _stacks_exist(connection, last["stacks"]):
        return last["outputs"]
    if last.get("synthesized") != sources or not (files.assembly / "manifest.json").exists():
        assembly.synthesize(files.assembly, project, context)
    outputs = deployer.deploy(files.assembly, connection)
    deployed = {
        "sources": sources,
        "synthesized": sources,
        "stacks": deployer.stack_names(files.assembly),
        "outputs": outputs,
    }
    write_private(files.deployment, json.dumps(deployed, indent=2))
    return outputs


def _stacks_exist(connection: Connection, names: list[str]) -> bool:
    cloudformation = connection.client("cloudformation")
    return all((deployer.stack_status(cloudformation, name) or "").endswith("_COMPLETE") for name in names)
