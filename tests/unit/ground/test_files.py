"""Files that are whole or absent."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from wordvectors.files import faults_named, resolved, written_whole


def test_a_full_disk_is_told_with_the_files_name_and_leaves_what_was_there(tmp_path: Path):
    path = tmp_path / "page.html"
    path.write_bytes(b"before")

    def write_half() -> None:
        with written_whole(path) as file:
            file.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match=r"page\.html") as full:
        write_half()

    assert full.value.filename == str(path)
    assert [(left.name, left.read_bytes()) for left in tmp_path.iterdir()] == [("page.html", b"before")]


def test_a_fault_names_the_file_that_was_asked_for_and_not_the_temporary_one(tmp_path: Path):
    (tmp_path / "page.html").mkdir()
    with pytest.raises(IsADirectoryError) as fault, written_whole(tmp_path / "page.html") as file:
        file.write(b"new")

    assert (fault.value.filename, fault.value.filename2) == (str(tmp_path / "page.html"), None)


def test_what_numpy_could_not_write_is_told_as_a_full_disk(tmp_path: Path):
    """It raises an OSError without a number."""
    with pytest.raises(OSError, match="No space left on device") as full, faults_named(tmp_path):
        raise OSError("893800 requested and 50144 written")

    assert (full.value.errno, full.value.filename) == (errno.ENOSPC, str(tmp_path))


def test_a_loop_of_links_is_left_to_who_opens_it(tmp_path: Path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(OSError, match="Too many levels") as fault:
        (resolved(loop) / "x").write_bytes(b"")

    assert fault.value.errno == errno.ELOOP


def test_a_link_that_another_has_prepared_is_not_written_through(tmp_path: Path):
    mine = tmp_path / "mine"
    mine.write_text("dear to me")
    (tmp_path / f".page.html.{os.getpid()}.tmp").symlink_to(mine)

    with written_whole(tmp_path / "page.html") as file:
        file.write(b"new")

    assert (mine.read_text(), (tmp_path / "page.html").read_text()) == ("dear to me", "new")
    assert sorted(left.name for left in tmp_path.iterdir()) == ["mine", "page.html"]
