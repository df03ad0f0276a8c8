"""What Linux's control groups, and so containers, leave a process of its machine."""

from __future__ import annotations

import math
from pathlib import Path


def group_folders(root: Path, controller: str) -> list[tuple[Path, bool]]:
    """Return the folders of the control groups that hold this process, from the inmost outwards.

    Parameters
    ----------
    root
        Where /proc and /sys are.
    controller
        `memory` or `cpu`.

    Returns
    -------
    list of (Path, bool)
        Each folder, and whether it is of version 2. Inside a container some may not be there.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    top = root / "sys/fs/cgroup"
    folders = []
    for line in lines:
        controllers, _, group = line.partition(":")[2].partition(":")
        is_v2 = controllers == ""
        if not group or (not is_v2 and controller not in controllers.split(",")):
            continue
        # Version 1's controllers lie in folders of their own, some together; beside them version 2 is "unified".
        for mounted in (top, top / "unified") if is_v2 else (top / controller, top / controllers):
            folder = mounted / group.lstrip("/")
            folders += [(each, is_v2) for each in (folder, *folder.parents) if each.is_relative_to(mounted)]
    return folders


def allowed_processors(root: Path = Path("/")) -> float | None:
    """Return how many processors' time the control groups allow, such as 1.5; None if they set no bound."""
    allowed = [_quota(folder, is_v2) for folder, is_v2 in group_folders(root, "cpu")]
    return min((one for one in allowed if one is not None), default=None)


def _quota(group: Path, is_v2: bool) -> float | None:
    try:
        if is_v2:
            quota, period = (group / "cpu.max").read_text().split()
        else:
            quota, period = ((group / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        found = int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):  # no bound ("max"), or no such group inside a container
        return None
    return found if math.isfinite(found) and found > 0 else None  # -1 is no bound in version 1
