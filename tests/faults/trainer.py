"""Stands in for the trainer: done at once. The corpus's first word may say otherwise: `wait`, `fail`."""

import json
import os
import signal
import sys
import time
from pathlib import Path

base = Path(os.environ["SAGEMAKER_BASE_DIR"])
corpus = next((base / "input/data/train").rglob("*.txt"))
with corpus.open() as file:
    wanted = file.readline().split()[0]

print("Number of words:  6", flush=True)
if wanted == "fail":
    (base / "output/failure").write_text("the trainer was told to fail")
    sys.exit(1)
if wanted == "wait":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    time.sleep(600)

score = {"not_found": 0, "spearmans_rho": 0.5, "total_pairs": 353}
sets = {f"EN-WS-353-{name}.txt": score for name in ("ALL", "REL", "SIM")}
(base / "model/vectors.txt").write_text("1 2\nword 0.5 0.25\n")
(base / "model/eval.json").write_text(json.dumps({**sets, "mean_rho": 0.5}))
print("#mean_rho: 0.5", flush=True)
