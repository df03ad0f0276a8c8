"""A wheel installs one package, `wordvectors`; the rest of the project travels in its folder `_project`."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PROJECT = (
    "app.py", "cdk.json", "constraints.txt", "infra", "lambdas", "local_cloud", "spark", "wordvectors",
)  # fmt: skip
"""What is deployed, here or to AWS: the library too, a part of which is the functions' code."""


class BuildWithProject(build_py):
    """Copies the project into the package; an editable install uses the repository's own folders."""

    def run(self) -> None:
        """Build the package."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib, "wordvectors", "_project")
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in PROJECT:
            if Path(name).is_dir():
                shutil.copytree(name, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
            else:
                shutil.copyfile(name, target / name)


setup(cmdclass={"build_py": BuildWithProject})
