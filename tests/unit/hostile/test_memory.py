"""RecordEvaluation's memory does not grow with the model: 200,000 words of 300 values, made on the fly."""

from __future__ import annotations

import json
import subprocess
import sys

LAMBDA_MB = 1769
EXPECTED_MB = 150

SCRIPT = """
import io, itertools, json, re, struct, tarfile, zlib
from pathlib import Path
import numpy as np
from wordvectors.evaluation.scoring import Scoring
from wordvectors.evaluation.sets import BUILT_IN
from wordvectors.blazingtext.archive import read_model_archive

WORDS, DIM = 200_000, 300
ROW = b"word000000 " + b"-0.123456 " * (DIM - 1) + b"0.654321\\n"
HEADER = f"{WORDS} {DIM}\\n".encode()
SIZE = len(HEADER) + WORDS * len(ROW)
SCORES = {name: {"spearmans_rho": 0.7, "not_found": 9, "total_pairs": 353}
          for name in ("EN-WS-353-ALL.txt", "EN-WS-353-REL.txt", "EN-WS-353-SIM.txt")} | {"mean_rho": 0.7}

# A deflate stream whose blocks are stored as they are: what is to be read is as large as the real thing, and nothing
# of that size has to be compressed.
BLOCK_ROWS = 1000
ROWS = np.tile(np.frombuffer(ROW, np.uint8), (BLOCK_ROWS, 1))
def rows(first):
    digits = np.char.zfill(np.arange(first, first + BLOCK_ROWS).astype("S6"), 6)
    ROWS[:, 4:10] = digits.view(np.uint8).reshape(-1, 6)
    return ROWS.tobytes()

def block(data, last=False):
    squeezer = zlib.compressobj(0, zlib.DEFLATED, -15)
    return squeezer.compress(data) + squeezer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)

def entry(name, size):
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)

def archive():
    evaluation = json.dumps(SCORES).encode()
    first = entry("vectors.txt", SIZE) + HEADER
    end = bytes(-SIZE % 512) + entry("eval.json", len(evaluation)) + evaluation
    end += bytes(-len(evaluation) % 512) + bytes(10240)
    crc, length = 0, 0
    yield b"\\x1f\\x8b\\x08\\0\\0\\0\\0\\0\\0\\x03"
    for part in itertools.chain([first], map(rows, range(0, WORDS, BLOCK_ROWS)), [end]):
        crc, length = zlib.crc32(part, crc), length + len(part)
        yield block(part, last=part is end)
    yield struct.pack("<II", crc, length & 0xFFFFFFFF)

class Stream(io.RawIOBase):
    def __init__(self):
        self.parts, self.left = archive(), b""
    def readable(self):
        return True
    def read(self, size=-1):
        while len(self.left) < size and (part := next(self.parts, None)) is not None:
            self.left += part
        found, self.left = self.left[:size], self.left[size:]
        return found

scoring = Scoring(BUILT_IN, {})
found = read_model_archive(Stream(), scoring.read)
asked = scoring.scores()["Google-analogies"]["total_questions"]
# Not getrusage's figure: that begins with the memory of the parent that started this process.
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
print(json.dumps({"words": found.vocabulary, "dim": found.vector_dim, "bytes": SIZE, "mb": peak / 1024,
                  "eval": found.eval_json is not None, "asked": asked}))
"""


def test_a_large_model_is_read_in_bounded_memory():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=240)

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert (seen["words"], seen["dim"], seen["eval"]) == (200_000, 300, True)
    assert seen["asked"] == 19_544
    assert seen["bytes"] > 600e6
    assert seen["mb"] < EXPECTED_MB < LAMBDA_MB
