"""How much memory there is, by the files that Linux tells it in; and how much a training needs."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

import numpy as np
import pytest

from bench.scaling import zipf_corpus
from tests.unit.containers import Container
from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine import kernel_engine, memory
from wordvectors.engine.errors import TrainingError
from wordvectors.engine.memory import available_memory, counting_threads, needed_memory, refuse_too_large
from wordvectors.engine.subwords import InputRows, one_row_each, with_ngrams
from wordvectors.threads import processors

GB = 10**9


def machine(root: Path, cgroup: str, **files: str) -> Path:
    """Lay out a machine with 8 GiB left, whose control groups' files are given by their paths."""
    for name, content in {
        "proc/meminfo": "MemTotal: 16777216 kB\nMemFree: 1 kB\nMemAvailable:    8388608 kB\n",
        "proc/self/cgroup": cgroup,
        **files,
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def group(folder: str, limit: str, used: str, reclaimable: str) -> dict[str, str]:
    return {
        f"{folder}/memory.max": f"{limit}\n",
        f"{folder}/memory.current": f"{used}\n",
        f"{folder}/memory.stat": f"anon 5\ninactive_file {reclaimable}\n",
    }


def test_without_a_limit_the_machine_has_what_is_left(tmp_path: Path):
    root = machine(tmp_path, "0::/\n")
    assert available_memory(root) == 8 << 30


def test_a_container_has_its_limit_less_what_it_uses_and_cannot_give_back(tmp_path: Path):
    root = machine(tmp_path, "0::/\n", **group("sys/fs/cgroup", "3000", "1000", "200"))
    assert available_memory(root) == 2200


def test_the_least_of_all_groups_counts(tmp_path: Path):
    root = machine(
        tmp_path,
        "0::/jobs/mine\n",
        **group("sys/fs/cgroup/jobs/mine", "max", "1000", "0"),
        **group("sys/fs/cgroup/jobs", "5000", "1000", "0"),
    )
    assert available_memory(root) == 4000


def test_groups_of_the_first_version_are_read(tmp_path: Path):
    root = machine(
        tmp_path,
        "4:cpu:/x\n3:memory:/x\n",
        **{
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "900",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "500",
            "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 100\n",
        },
    )
    assert available_memory(root) == 500


def test_a_system_without_these_files_has_the_memory_it_was_built_with(tmp_path: Path):
    available = available_memory(tmp_path)
    assert available is not None
    assert available > 100 << 20


def rows(words: int, buckets: int = 0, per_word: int = 1) -> InputRows:
    """Return input rows of so many words, of which nothing but their number is right."""
    places = np.broadcast_to(np.int64(0), words + 1)
    of_words, of_buckets = (np.broadcast_to(np.int32(0), n) for n in (words * per_word, buckets))
    return InputRows(words + buckets, places, of_words, places.astype(float)[:0], of_buckets, of_buckets)


def needed(words: int, buckets: int = 0, per_word: int = 1, **given: object) -> float:
    plan = Hyperparameters.read(given)
    process = memory.PROCESS_BYTES + plan.vector_dim * memory.BYTES_PER_DIMENSION
    return (needed_memory(rows(words, buckets, per_word), plan, threads=0) - process) / GB


def test_rows_and_words_make_the_need():
    for mode in Mode:
        assert needed(10**6, mode=mode, vector_dim=100) == pytest.approx(2 * 0.448 + 0.17, rel=0.01)
    subwords = {"mode": "skipgram", "subwords": True, "vector_dim": 100}
    needs = 2.5 * 0.448 + 4 * 0.4 + 0.17 + 0.03 + 20 * 0.004
    assert needed(10**6, 500_000, 20, **subwords) == pytest.approx(needs, rel=0.01)


def test_what_does_not_fit_is_refused_with_both_sizes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 2 * GB)
    plan = Hyperparameters.read({"mode": "batch_skipgram", "vector_dim": 300, "min_count": 2})
    refuse_too_large(rows(100_000), plan, threads=2)
    reason = r"3,000,000 words with vector_dim 300 need about 8\.1 GB .* and 2\.0 GB are available\. Raise min_count"
    with pytest.raises(TrainingError, match=reason + r" \(now 2\), lower vector_dim"):
        refuse_too_large(rows(3_000_000), plan, threads=2)


def test_where_the_system_tells_nothing_nothing_is_refused(monkeypatch: pytest.MonkeyPatch):
    too_large = rows(100_000)
    monkeypatch.setattr(memory, "available_memory", lambda: 10**6)
    with pytest.raises(TrainingError):
        refuse_too_large(too_large, Hyperparameters.read({}), threads=2)
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    refuse_too_large(too_large, Hyperparameters.read({}), threads=2)
    assert counting_threads(36) == 36


def test_where_memory_is_short_fewer_threads_count(monkeypatch: pytest.MonkeyPatch):
    for mebibytes, threads in ((10_000, 36), (250, 9), (1, 1)):
        monkeypatch.setattr(memory, "available_memory", lambda left=mebibytes << 20: left)
        assert counting_threads(36) == threads


LONG_NGRAMS = {"min_char": "1", "max_char": "12"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"mode": "cbow", "subwords": "True", "buckets": "500000"},
        {"mode": "skipgram", "subwords": "True", "buckets": "1000", "vector_dim": "20", **LONG_NGRAMS},
    ],
    ids=str,
)
def test_the_estimate_is_a_training_s_peak_within_ten_per_cent(container: Container, given: dict[str, str]):
    names = [f"word{number}" for number in range(100_000)]
    given = {"mode": "batch_skipgram", "min_count": "1", "vector_dim": "256", "epochs": "1", **given}
    container.configure(" ".join(names).encode(), evaluation="False", **given)
    code = (
        "import wordvectors.trainer.container as container\n"
        "assert container.main(['train']) == 0\n"
        "print(open('/proc/self/status').read())\n"
    )
    for _ in range(2):  # the first compiles, which takes memory of its own
        output, _ = container.start_code(code).communicate(timeout=200)
    found = re.search(r"VmHWM:\s*(\d+) kB", output)
    assert found, output
    plan = Hyperparameters.read(given)
    met, lengths = np.ones(len(names)), (plan.min_char, plan.max_char)
    of_words = with_ngrams(names, met, *lengths, plan.buckets) if plan.subwords else one_row_each(met)
    assert needed_memory(of_words, plan, processors()) == pytest.approx(int(found[1]) << 10, rel=0.1)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="tells how much memory a process has")
def test_the_pages_of_both_matrices_are_there_before_the_clock_starts():
    """A training that meets each page for the first time waits for the system each time."""

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE

    corpus = zipf_corpus(20_000, 60_000)
    plan = Hyperparameters.read({"vector_dim": 256, "min_count": 1})
    kernel_engine.Training(corpus, plan, 1, 1)  # what is made once
    before = resident()
    training = kernel_engine.Training(corpus, plan, 1, 1)
    assert resident() - before > 0.9 * (training.inputs.nbytes + training.outputs.nbytes)
