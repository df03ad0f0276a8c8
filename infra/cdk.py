"""The CDK command line on the bundled Node: `python -m infra.cdk synth`, `… deploy --all`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from infra.node import bundled_node

CLI = Path(sys.prefix, "cdk", "node_modules", "aws-cdk", "bin", "cdk")
"""Where `make` installs it, from package-lock.json, which has its hash."""


def run(arguments: list[str]) -> int:
    """Run the CDK CLI with these arguments; return its exit status."""
    if not CLI.exists():
        sys.exit("The CDK CLI is not installed here: `make synth` installs it")
    # cdk.json's "python3 app.py" must find this environment's Python, and the CLI's own script a Node.
    tools = (str(Path(sys.executable).parent), str(bundled_node().parent))
    path = os.pathsep.join((*tools, os.environ.get("PATH", os.defpath)))
    return subprocess.run([bundled_node(), CLI, *arguments], env={**os.environ, "PATH": path}).returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
