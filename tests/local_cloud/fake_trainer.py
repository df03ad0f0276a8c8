"""Stands in for the trainer: does what the hyperparameter `behaviour` says."""

import json
import os
import pathlib
import signal
import sys
import time

base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
settings = json.loads((base / "input/config/hyperparameters.json").read_text())
behaviour = settings.get("behaviour", "succeed")
corpus = sorted((base / "input/data/train").iterdir())
print("Arguments: train")
print(f"corpus {[path.name for path in corpus]} of {sum(path.stat().st_size for path in corpus)} bytes")
print("leaked", sorted(name for name in os.environ if name.startswith(("AWS_", "GATEWAY", "STATE_"))))


def save(*_):
    (base / "model/vectors.txt").write_text("1 2\nword 0.5 0.25\n")


if behaviour == "succeed":
    print("#mean_rho: 0.7164745137513052")
    save()
    (base / "model/seen.json").write_text(json.dumps({
        "hyperparameters": settings,
        "channels": json.loads((base / "input/config/inputdataconfig.json").read_text()),
        "resources": json.loads((base / "input/config/resourceconfig.json").read_text()),
        "environment": {name: os.environ[name] for name in ("TRAINING_JOB_NAME", "TRAINING_JOB_ARN")},
    }))  # fmt: skip
elif behaviour == "fail":
    (base / "output/failure").write_text("window_size must be positive")
    sys.exit(3)
elif behaviour == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
elif behaviour == "wait":
    signal.signal(signal.SIGTERM, lambda *_: (save(), sys.exit(0)))
    print("waiting", flush=True)
    time.sleep(600)
elif behaviour == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("waiting", flush=True)
    (base / "waiting").touch()
    time.sleep(600)
elif behaviour == "checkpoint":
    folder = base / "checkpoints"
    found = sorted((path.relative_to(folder).as_posix(), path.read_text()) for path in folder.rglob("*.txt"))
    print(f"found {found}", flush=True)
    if found:
        save()
    else:
        (folder / "deeper").mkdir()
        (folder / "deeper/place.txt").write_text("half way")
        print("waiting", flush=True)
        signal.signal(
            signal.SIGTERM, lambda *_: ((folder / "last.txt").write_text("told to end"), sys.exit(1))
        )
        time.sleep(600)
elif behaviour == "output":
    save()
    (base / "output/data/notes.txt").write_text("kept")
