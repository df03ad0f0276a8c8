"""Stands before the trainer: waits while the file that is named is there, and then trains."""

import runpy
import sys
import time
from pathlib import Path

_, hold = sys.argv
while Path(hold).exists():
    time.sleep(0.1)
sys.argv = ["wordvectors.trainer", "train"]
runpy.run_module("wordvectors.trainer", run_name="__main__")
