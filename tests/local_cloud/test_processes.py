"""Processes that outlive the one that started them."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from local_cloud import processes

STARTER = """
import json, os, signal, sys
from pathlib import Path
from local_cloud import processes

def die(known):
    print(json.dumps(known), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

processes.start_group(["touch", "begun"], Path(sys.argv[1]), dict(os.environ), die)
"""


def test_a_process_that_nobody_knows_never_begins(tmp_path):
    """Its starter is killed in the moment in which it is to write down whom it has started."""
    starter = subprocess.run([sys.executable, "-c", STARTER, str(tmp_path)], capture_output=True, timeout=60)
    known = json.loads(starter.stdout)
    assert processes.wait_until_gone(known["pid"], known["started"], 30)
    assert not (tmp_path / "begun").exists()


def test_a_process_begins_once_it_is_known(tmp_path):
    noted = []
    process = processes.start_group(["cat"], tmp_path, {}, noted.append)
    assert process.stdout is not None
    with process.stdout as printed:
        assert printed.read() == b""  # its input is empty
    assert process.wait() == 0
    assert noted[0]["pid"] == process.pid
    assert noted[0]["started"]


def test_a_process_that_was_killed_before_it_began_is_no_error(tmp_path):
    def kill(known: dict) -> None:
        processes.kill_group(known["pid"], known["started"])
        processes.wait_until_gone(known["pid"], known["started"], 30)
        time.sleep(0.05)

    process = processes.start_group(["touch", "begun"], tmp_path, {}, kill)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() < 0
    assert not (tmp_path / "begun").exists()
