"""The Chromium that the tests drive: the system's, or Playwright's own. As a program: get one if there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "There is no Chromium to open the page in. `make test` gets one; by hand it is `apt-get install chromium` "
    "on Debian, or `playwright install chromium` anywhere."
)


def find_chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def get_chromium() -> None:
    """Install Debian's package where that is allowed, or Playwright's download; the tests say if neither came."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install = "apt-get update -qq && apt-get install -qq --yes --no-install-recommends chromium fonts-dejavu-core"
        attempts.insert(0, ["sh", "-c", install])
    for attempt in attempts:
        done = subprocess.run(
            attempt, stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        )
        if done.returncode == 0 and find_chromium():
            return
    print(MISSING, file=sys.stderr)


if __name__ == "__main__" and find_chromium() is None:
    print("Getting a Chromium for the tests of the report's page")
    get_chromium()
