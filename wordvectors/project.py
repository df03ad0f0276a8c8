"""The project around the library: the app, its stacks, the functions' code, the local cloud.

In a checkout it is the repository; a wheel carries it along, as a folder of the package (see setup.py).
"""

from __future__ import annotations

import sys
from pathlib import Path


def root() -> Path:
    """Return the folder that holds app.py, cdk.json, infra, lambdas, local_cloud, spark and wordvectors."""
    package = Path(__file__).resolve().parent
    carried = package / "_project"
    return carried if carried.is_dir() else package.parent


def make_importable() -> None:
    """Let `import local_cloud` find the project's own, wherever the program was started."""
    if str(root()) not in sys.path:
        sys.path.insert(0, str(root()))
