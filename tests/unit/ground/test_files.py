"""Files that are whole or absent."""

from __future__ import annotations

import errno
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
