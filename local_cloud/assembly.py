"""The stacks, synthesized for this machine: the same app, without bundling, polling often."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from local_cloud import processes
from local_cloud.errors import SynthesisError
from wordvectors.project import root

PROJECT = root()
SOURCES = ("app.py", "cdk.json", "infra", "lambdas", "spark", "wordvectors")
LOCAL_SETTINGS: dict[str, Any] = {
    # "development" would bring a custom resource that empties the bucket, in JavaScript with the AWS SDK of
    # Lambda's own runtime, which is not on this machine. Removing the home folder removes everything here.
    "wordvectors.environment": "production",
    "wordvectors.max_runs_per_day": 5000,  # nothing is paid here
    "wordvectors.poll_seconds_min": 1,
    "wordvectors.poll_seconds_max": 5,
}
DEFAULT_SETTINGS: dict[str, Any] = {"wordvectors": {}}
"""Context of what must not depend on the settings in cdk.json, which are the user's: in their place there are none."""
QUALIFIER = "local"
_HERE: dict[str, Any] = {
    "aws:cdk:bundling-stacks": [],
    # Not the CDK's own, or `cdk bootstrap` would find a bucket in its way.
    "@aws-cdk/core:bootstrapQualifier": QUALIFIER,
}
_IGNORED = ("__pycache__", ".pyc")


def sources_hash(project: Path = PROJECT, context: dict[str, Any] | None = None) -> str:
    """SHA-256 over everything the assembly is made of: file names, contents and the context.

    Parameters
    ----------
    project : Path
        The folder that holds app.py.
    context : dict, optional
        CDK context beside `LOCAL_SETTINGS`.
    """
    digest = hashlib.sha256(json.dumps(_context(context), sort_keys=True).encode())
    for source in SOURCES:
        place = project / source
        paths = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
        for path in paths:
            if not any(part.endswith(_IGNORED) for part in path.parts):
                digest.update(f"\0{path.relative_to(project)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def synthesize(folder: Path, project: Path = PROJECT, context: dict[str, Any] | None = None) -> Path:
    """Run app.py in a process of its own and leave the assembly in `folder`.

    Parameters
    ----------
    folder : Path
        Is emptied first.
    project : Path
        The folder that holds app.py.
    context : dict, optional
        CDK context beside `LOCAL_SETTINGS`; the same keys win.

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    SynthesisError
        When app.py ends with an error.
    """
    shutil.rmtree(folder, ignore_errors=True)
    environment = processes.clean_environment(
        **processes.NO_AWS_SETTINGS, CDK_OUTDIR=str(folder), CDK_CONTEXT_JSON=json.dumps(_context(context))
    )
    ended = subprocess.run(
        [sys.executable, "app.py"], cwd=project, env=environment, capture_output=True, text=True
    )
    if ended.returncode != 0 or not (folder / "manifest.json").exists():
        printed = (ended.stderr or ended.stdout).strip().splitlines()
        is_full = printed and ("ENOSPC" in printed[-1] or os.strerror(errno.ENOSPC) in printed[-1])
        said = printed[-1:] if is_full else printed[-12:]  # the program's own lines are of no use then
        raise SynthesisError("The stacks could not be synthesized:\n" + "\n".join(said))
    return folder


def _context(given: dict[str, Any] | None) -> dict[str, Any]:
    return _HERE | LOCAL_SETTINGS | (given or {})
