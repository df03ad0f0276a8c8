"""model.tar.gz: read once and forwards, whatever it holds."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordvectors.blazingtext.archive import (
    InvalidModelArchive,
    extract_model,
    read_leading_vectors,
    read_model_archive,
)

FILES = {"vectors.bin": b"\0" * 5000, "eval.json": b"{}", "vectors.txt": b"2 3\na 1 2 3\nb 4 5 6\n"}


def archive(files, **attributes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for attribute, value in attributes.get(name.replace(".", "_"), {}).items():
                setattr(member, attribute, value)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class Forwards(io.RawIOBase):
    """A stream that can't be looked back into, like an S3 object's body."""

    def __init__(self, content: bytes) -> None:
        self._content, self.largest = io.BytesIO(content), 0

    def read(self, size=-1):
        assert size > 0, "reads the whole stream into memory"
        self.largest = max(self.largest, size)
        return self._content.read(size)

    def seek(self, *place):
        raise AssertionError("looked back")

    tell = seek


@pytest.mark.parametrize("order", [list(FILES), list(reversed(FILES)), [f"./{name}" for name in FILES]])
def test_the_order_of_the_files_does_not_matter(order):
    stream = Forwards(archive({name: FILES[name.removeprefix("./")] for name in order}))

    found = read_model_archive(stream)

    assert (found.eval_json, found.vocabulary, found.vector_dim) == (b"{}", 2, 3)
    assert stream.largest <= 1024**2


def test_files_are_taken_out_whole(tmp_path):
    extract_model(Forwards(archive(FILES)), tmp_path)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == FILES


def test_hostile_names_and_links_are_not_written(tmp_path):
    inside = tmp_path / "inside"
    hostile = {"../eval.json": b"x", "/etc/vectors.txt": b"x", "sub/vectors.bin": b"x", **FILES}
    links = {"vectors_bin": {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd", "size": 0}}

    extract_model(io.BytesIO(archive(hostile, **links)), inside)

    assert sorted(path.name for path in inside.iterdir()) == ["eval.json", "vectors.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]


@given(st.integers(0, 400))
def test_an_archive_that_is_cut_off_is_an_error_or_whole(length):
    try:
        read_model_archive(io.BytesIO(archive(FILES)[:length]))
    except InvalidModelArchive as broken:
        assert str(broken)


@given(st.integers(0, 250), st.integers(1, 255))
def test_a_damaged_archive_is_an_error_or_still_read(place, change):
    damaged = bytearray(archive(FILES))
    damaged[place % len(damaged)] ^= change
    try:
        read_model_archive(io.BytesIO(bytes(damaged)))
    except InvalidModelArchive as broken:
        assert str(broken)


def test_one_other_digit_and_a_lost_end_are_found_by_the_checksum(tmp_path):
    whole = io.BytesIO()
    with gzip.GzipFile(fileobj=whole, mode="wb", compresslevel=0) as file:  # stored as it is
        file.write(gzip.decompress(archive(FILES)))
    content = whole.getvalue()
    assert read_model_archive(io.BytesIO(content)).vocabulary == 2
    for damaged in (content.replace(b"b 4 5 6", b"b 4 9 6"), content[:-1], content[:-1] + b"\x01"):
        with pytest.raises(InvalidModelArchive, match="cut off or broken"):
            read_model_archive(io.BytesIO(damaged))
        with pytest.raises(InvalidModelArchive, match="cut off or broken"):
            extract_model(io.BytesIO(damaged), tmp_path)


def test_nothing_half_written_stays_behind(tmp_path):
    large = archive({"vectors.bin": bytes(range(256)) * 4000, **FILES})

    with pytest.raises(InvalidModelArchive):
        extract_model(io.BytesIO(large[: len(large) // 2]), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_flood_of_entries_is_refused():
    flood = archive({f"file{number}": b"" for number in range(1001)})
    with pytest.raises(InvalidModelArchive, match="more than 1000"):
        read_model_archive(io.BytesIO(flood))


def test_the_leading_vectors_are_read_and_nothing_behind_them():
    """In one pass, forwards, and no further: what follows may be broken, or nine gigabytes."""
    rows = "".join(f"w{n} {n} 1\n" for n in range(50_000)).encode()
    content = archive({"vectors.bin": b"\0" * 5000, "vectors.txt": b"50000 2\n" + rows})
    stream = Forwards(content[: len(content) * 9 // 10])

    found = read_leading_vectors(stream, most_words=3, most_bytes=10**6)

    assert found.words == ["w0", "w1", "w2"]
    assert found.matrix.tolist() == [[0, 1], [1, 1], [2, 1]]
    assert len(read_leading_vectors(Forwards(content), most_words=10**6, most_bytes=8 * 6_000).words) == 6_000
    assert len(read_leading_vectors(Forwards(content), most_words=10**6, most_bytes=10**9).words) == 50_000


def test_an_archive_without_vectors_has_no_leading_ones():
    with pytest.raises(InvalidModelArchive, match=r"holds no vectors\.txt"):
        read_leading_vectors(Forwards(archive({"eval.json": b"{}"})), 10, 1000)


@given(st.binary(max_size=60).map(lambda content: b"2 3\n" + content) | st.binary(max_size=30))
def test_any_vectors_are_read_or_refused(content):
    try:
        found = read_leading_vectors(io.BytesIO(archive({"vectors.txt": content})), 10, 1000)
    except InvalidModelArchive as fault:
        assert str(fault).startswith("vectors.txt: line ")
    else:
        assert found.matrix.shape[0] == len(found.words) > 0


@pytest.mark.parametrize("header", [b"2 1000000000000", b"1 90000"])
def test_a_header_of_huge_vectors_is_refused_before_memory_is_taken(header):
    with pytest.raises(InvalidModelArchive, match="one is more than"):
        read_leading_vectors(io.BytesIO(archive({"vectors.txt": header + b"\na 1\n"})), 10, 300_000)
