"""model.tar.gz, whatever is in it: read or refused, nothing written outside the folder, in bounded memory."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordvectors.model_archive import InvalidModelArchive, extract_model, read_model_archive

VECTORS = b"1 2\nword 0.5 0.25\n"


def archive(*members: tuple[str, bytes | tarfile.TarInfo], mode: str = "w:gz") -> bytes:
    """Return a tar of members: a name with content, or with a ready header that has none."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as tar:  # type: ignore[call-overload]
        for name, content in members:
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
                continue
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[str, tarfile.TarInfo]:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return name, entry


GOOD = archive(("vectors.txt", VECTORS), ("eval.json", b"{}"))


@pytest.mark.parametrize(
    "name", ["../../vectors.txt", "/vectors.txt", "a/../../vectors.txt", "..", "sub/vectors.txt"]
)
def test_a_path_that_leads_elsewhere_is_not_written(tmp_path: Path, name: str):
    folder = tmp_path / "deep" / "model"

    with pytest.raises(InvalidModelArchive, match="holds none of"):
        extract_model(io.BytesIO(archive((name, VECTORS))), folder)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE]
)
def test_what_is_no_plain_file_is_passed_over(tmp_path: Path, kind: bytes):
    secret = tmp_path / "secret"
    secret.write_text("mine")
    packed = archive(link("vectors.txt", str(secret), kind), ("vectors.bin", b"binary"))

    (written,) = extract_model(io.BytesIO(packed), tmp_path / "model")

    assert written.name == "vectors.bin"
    assert secret.read_text() == "mine"
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["vectors.bin"]


def test_a_link_does_not_redirect_what_follows(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("mine")
    packed = archive(link("vectors.txt", "../secret"), ("vectors.txt", VECTORS))

    extract_model(io.BytesIO(packed), tmp_path / "model")

    assert secret.read_text() == "mine"
    assert (tmp_path / "model" / "vectors.txt").read_bytes() == VECTORS


@given(st.integers(0, len(GOOD) - 1))
@settings(max_examples=60, deadline=None)
def test_an_archive_cut_off_anywhere_is_refused_or_read_right(length: int):
    try:
        found = read_model_archive(io.BytesIO(GOOD[:length]))
    except InvalidModelArchive:
        return
    assert (found.vocabulary, found.vector_dim) == (1, 2)


@given(st.binary(max_size=2_000), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_refused_with_a_sentence(content: bytes, zipped: bool):
    with pytest.raises(InvalidModelArchive):
        read_model_archive(io.BytesIO(gzip.compress(content) if zipped else content))


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_a_damaged_tar_is_refused_or_read(damage: list[tuple[int, int]]):
    """Damage within a valid gzip, so that tar's own fields are what is wrong: sizes, types, checksums."""
    content = bytearray(archive(("vectors.txt", VECTORS), ("eval.json", b"{}"), mode="w"))
    for place, value in damage:
        content[place % len(content)] = value
    try:
        read_model_archive(io.BytesIO(gzip.compress(bytes(content))))
    except InvalidModelArchive as refused:
        assert str(refused)


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return a tar header that announces a size, whatever follows."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.type = size, kind
    return entry.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("size", [10**9, 8**11 - 1, 2**60])
@pytest.mark.parametrize("name", ["vectors.txt", "eval.json", "other"])
def test_a_size_that_is_not_there_is_refused(name: str, size: int):
    packed = gzip.compress(header(name, size) + b"3 2\n" + bytes(2_000))

    with pytest.raises(InvalidModelArchive):
        read_model_archive(io.BytesIO(packed))


@pytest.mark.parametrize(
    "kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK]
)
@pytest.mark.parametrize("size", [2**21, 10**12])
def test_a_bomb_in_the_headers_themselves_is_refused(kind: bytes, size: int):
    """tarfile reads the content of an extended header whole, however large it says it is."""
    packed = gzip.compress(header("bomb", size, kind) + bytes(2**22)) + gzip.compress(bytes(2**20))

    with pytest.raises(InvalidModelArchive):
        read_model_archive(io.BytesIO(packed))


def test_thousands_of_entries_are_refused():
    packed = archive(*((f"file-{number}", b"") for number in range(1_001)))

    with pytest.raises(InvalidModelArchive, match="more than 1000 entries"):
        read_model_archive(io.BytesIO(packed))


def test_names_of_an_archive_without_vectors_are_told_within_bounds():
    packed = archive(*((f"{'n' * 90}{number}\x1b[31m", b"") for number in range(900)))

    with pytest.raises(InvalidModelArchive) as refused:
        read_model_archive(io.BytesIO(packed))

    assert len(str(refused.value)) < 5_000
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"3\n", b"3 2 1\n", b"-3 2\n", b"3 nan\n", b"\xff\xfe\n", b"9" * 5_000 + b" 2\n"]
)
def test_a_wrong_first_line_of_vectors_txt_is_named(line: bytes):
    with pytest.raises(InvalidModelArchive, match=r"vectors\.txt line 1 is"):
        read_model_archive(io.BytesIO(archive(("vectors.txt", line))))


def test_a_gzip_bomb_in_eval_json_is_refused_by_its_size():
    packed = archive(("vectors.txt", VECTORS), ("eval.json", bytes(2**21)))

    with pytest.raises(InvalidModelArchive, match="at most"):
        read_model_archive(io.BytesIO(packed))


def test_a_corrupt_deflate_stream_is_refused():
    body = zlib.compress(bytes(10_000))
    packed = GOOD[:20] + body

    with pytest.raises(InvalidModelArchive):
        read_model_archive(io.BytesIO(packed))
