"""Files that are whole or absent."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from wordvectors.files import written_whole


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


def test_a_link_that_another_has_prepared_is_not_written_through(tmp_path: Path):
    mine = tmp_path / "mine"
    mine.write_text("dear to me")
    (tmp_path / f".page.html.{os.getpid()}.tmp").symlink_to(mine)

    with written_whole(tmp_path / "page.html") as file:
        file.write(b"new")

    assert (mine.read_text(), (tmp_path / "page.html").read_text()) == ("dear to me", "new")
    assert sorted(left.name for left in tmp_path.iterdir()) == ["mine", "page.html"]
