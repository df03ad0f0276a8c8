"""Kills chosen and played, one after the other, on one local cloud."""

from __future__ import annotations

import itertools
import json
import random
import re
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud import account
from tests.kills.points import Kill
from tests.kills.scenes import SCENES
from tests.kills.world import Died, World


@dataclass(frozen=True)
class Chosen:
    """A kill in a scene.

    Attributes
    ----------
    label, nth
        The point, as `Kill` has it.
    again : str
        The point of the start after it at which the server is killed again; none when empty.
    """

    scene: str
    label: str
    nth: int
    machine: bool
    again: str = ""


@dataclass
class Result:
    """What came of a kill: whether it, and that in the start after it, met its point, and what does not hold."""

    chosen: Chosen
    met: bool = False
    met_again: bool = False
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        chosen = self.chosen
        met = "" if self.met else " (not met)"
        again = f", then {chosen.again}{'' if self.met_again else ' (not met)'}" if chosen.again else ""
        said = "".join(f"\n       ✗ {fault}" for fault in self.faults)
        what = "machine" if chosen.machine else "server"
        return f"{chosen.scene}, {what}: {chosen.label} {chosen.nth}{met}{again}{said}"


def figures(results: list[Result]) -> str:
    """Return a line for each scene: how often it was played, the kills that met their points, the faults left."""
    lines = []
    for scene in SCENES:
        of = [result for result in results if result.chosen.scene == scene]
        kills, faults = sum(r.met + r.met_again for r in of), sum(bool(r.faults) for r in of)
        lines.append(f"{scene:8} {len(of):4} played {kills:4} kills {faults:4} left a fault")
    kills, faults = sum(r.met + r.met_again for r in results), sum(bool(r.faults) for r in results)
    return "\n".join([*lines, f"{'all':8} {len(results):4} played {kills:4} kills {faults:4} left a fault"])


def read_results(path: Path | None) -> list[Result]:
    """Return what a file of results has, one as JSON in each line."""
    lines = path.read_text(encoding="utf-8").splitlines() if path and path.exists() else []
    found = map(json.loads, lines)
    return [Result(**{**result, "chosen": Chosen(**result["chosen"])}) for result in found]


class Play:
    """One home, in which the kills are played.

    Parameters
    ----------
    folder : Path
        Where it is made.
    keep : Path, optional
        Where homes are kept in which a kill has left a fault.
    """

    def __init__(self, folder: Path, keep: Path | None = None) -> None:
        self.home, self.keep = folder / "home", keep
        self.numbers = itertools.count(1)
        self.begin()

    def begin(self) -> None:
        """Begin in a new home."""
        self.home.mkdir(parents=True)
        self.world = World(self.home)
        self.world.start()

    def close(self) -> None:
        """End the server."""
        self.world.disarm()
        account.stop(self.home)

    def choose(self, scenes: list[str], only: str, most: int, draw: random.Random) -> list[Chosen]:
        """Play each scene once without a kill, and choose kills among the points it passes that match `only`."""
        found, again = [], ["", ""]
        self.world.arm(Kill("start"))
        account.stop(self.home)
        self.world.start()
        again += draw.sample(sorted(set(self.world.passed())), 4)
        for scene in scenes:
            self.world.arm(Kill(f"count{scene}"))
            SCENES[scene](self.world, f"count{scene}")
            seen: Counter[str] = Counter()
            for label in self.world.passed():
                seen[label] += 1
                if re.search(only, label):
                    found.append(Chosen(scene, label, seen[label], draw.random() < 0.5, draw.choice(again)))
            if faults := self.world.faults():
                raise AssertionError(faults)
        draw.shuffle(found)
        return found[:most] if most else found

    def renew(self, result: Result) -> None:
        """Keep the home that a fault was found in, and go on with another."""
        self.close()
        if self.keep:
            shutil.copytree(
                self.home, self.keep / f"{result.chosen.scene}-{time.strftime('%H%M%S')}", dirs_exist_ok=True
            )
        shutil.rmtree(self.home)
        self.begin()


def played(play: Play, chosen: Chosen) -> Result:
    """Play a scene, have the server killed in it, start it again, and see what holds."""
    world, result, name = play.world, Result(chosen), f"k{next(play.numbers)}{chosen.scene}"
    world.arm(Kill(name, chosen.label, chosen.nth, chosen.machine))
    try:
        SCENES[chosen.scene](world, name)
    except Died:
        world.buried()
    result.met = world.killed_at() is not None
    if chosen.again and result.met:
        world.arm(Kill(f"{name}again", chosen.again, 1, chosen.machine))
        try:
            world.start()
            world.settle()
        except Died:
            world.buried()
        result.met_again = world.killed_at() is not None
    world.disarm()
    try:
        world.start()
        result.faults = world.faults()
    except Exception as problem:  # whatever it is, it is to be told, and the next kill to be played
        result.faults = [f"{type(problem).__name__}: {problem}"]
    if result.faults:
        play.renew(result)
    return result
