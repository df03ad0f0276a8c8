"""`python -m tests.kills`: kills at every point of every scene, or at some; exit status 1 on any fault."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.kills.play import Play, figures, played, read_results
from tests.kills.scenes import SCENES


def main(arguments: list[str]) -> int:
    """Play what is asked for, print it, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument(
        "--scenes", default=",".join(SCENES), help="names of scenes, with commas (default: all)"
    )
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="points that match, as a regular expression"
    )
    parser.add_argument(
        "--most", type=int, default=0, metavar="N", help="N scenes at most (default: every point)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the choice and the order")
    parser.add_argument("--keep", type=Path, help="a folder for the homes of kills that left a fault")
    parser.add_argument(
        "--results", type=Path, help="a file that results are added to; what it has is not played again"
    )
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="wordvectors-kills-") as folder:
        play = Play(Path(folder), chosen.keep)
        try:
            return _all(play, chosen)
        finally:
            play.close()


def _all(play: Play, chosen: argparse.Namespace) -> int:
    draw = random.Random(chosen.seed)
    kills = play.choose(chosen.scenes.split(","), chosen.only, chosen.most, draw)
    results, began = read_results(chosen.results), time.monotonic()
    before = {result.chosen for result in results}
    kills = [kill for kill in kills if kill not in before]
    print(f"{len(kills)} kills", flush=True)
    for number, kill in enumerate(kills, 1):
        results.append(played(play, kill))
        print(f"{number:4} {time.monotonic() - began:6.0f} s  {results[-1]}", flush=True)
        if chosen.results:
            with chosen.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(results[-1])) + "\n")
    print(figures(results))
    return 1 if any(result.faults for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
