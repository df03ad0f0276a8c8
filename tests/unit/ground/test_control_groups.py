"""How many processors a container leaves, by the files that Linux tells it in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wordvectors import threads
from wordvectors.control_groups import allowed_processors


def laid_out(root: Path, cgroup: str, **files: str) -> Path:
    for name, content in {"proc/self/cgroup": cgroup, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


V1 = "sys/fs/cgroup/cpu/x/cpu.cfs_{}_us"


@pytest.mark.parametrize(
    ("cgroup", "files", "allowed"),
    [
        ("0::/\n", {"sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        ("0::/\n", {"sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        (
            "0::/pod/mine\n",
            {
                "sys/fs/cgroup/pod/mine/cpu.max": "max 100000\n",
                "sys/fs/cgroup/pod/cpu.max": "300000 100000\n",
            },
            3.0,
        ),
        (
            "0::/pod/mine\n",
            {"sys/fs/cgroup/pod/mine/cpu.max": "200000 50000", "sys/fs/cgroup/pod/cpu.max": "300000 100000"},
            3.0,
        ),
        ("4:cpu,cpuacct:/x\n", {V1.format("quota"): "50000\n", V1.format("period"): "100000\n"}, 0.5),
        ("4:cpu,cpuacct:/x\n", {V1.format("quota"): "-1\n", V1.format("period"): "100000\n"}, None),
        ("4:cpuset:/x\n", {V1.format("quota"): "50000\n", V1.format("period"): "100000\n"}, None),
        (
            "4:cpu,cpuacct:/x\n",
            {
                "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us": "50000",
                "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us": "100000",
            },
            0.5,
        ),
        ("0::/x\n", {"sys/fs/cgroup/unified/x/cpu.max": "150000 100000\n"}, 1.5),
        ("what\n0::/\n", {"sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        ("0::/\n", {"sys/fs/cgroup/cpu.max": "what"}, None),
        ("0::/\n", {}, None),
    ],
)
def test_the_least_quota_of_all_groups_counts(tmp_path: Path, cgroup: str, files: dict[str, str], allowed):
    assert allowed_processors(laid_out(tmp_path, cgroup, **files)) == allowed


def test_a_system_without_control_groups_sets_no_bound(tmp_path: Path):
    assert allowed_processors(tmp_path) is None


@pytest.mark.parametrize(("allowed", "count"), [(None, 8), (1.5, 2), (0.2, 1), (3.0, 3), (64.0, 8)])
def test_processors_are_those_of_the_affinity_and_the_quota(monkeypatch: pytest.MonkeyPatch, allowed, count):
    monkeypatch.setattr(threads, "allowed_processors", lambda: allowed)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    assert threads.processors() == count
