"""model.tar.gz, whatever is in it: read or refused, nothing written outside the folder, in bounded memory."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordvectors.blazingtext.archive import InvalidModelArchive, extract_model, read_model_archive
from wordvectors.evaluation.scoring import Scoring
from wordvectors.evaluation.sets import ANALOGIES
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.vectors_txt import VectorsTxt

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
    with pytest.raises(InvalidModelArchive, match=r"vectors\.txt: line 1 is"):
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


VALUES = st.sampled_from(
    ["0.5", "-0.25", "1e-05", "nan", "inf", "0x1", "1_0", "", "1-2", "e", ".", "1e", "1e999", "1e39"]
)
NUMBERED = b"".join(b"w%d 1 2 3\n" % number for number in range(50))
NUMBERS = st.sampled_from(["0", "1", "2", "3", "+2", "1_0", "2.0", "100000", "99999999999", "9" * 30, ""])


@st.composite
def vectors_files(draw: st.DrawFn) -> bytes:
    """Files that are good, and ones with a false header, rows too many or too few, and rows cut short."""
    dim = draw(st.integers(1, 3))
    usual = st.lists(st.sampled_from(["0.5", "-0.25", "1e-05"]), min_size=dim, max_size=dim)
    rows = draw(st.lists(st.one_of(usual, usual, usual, st.lists(VALUES, max_size=4)), max_size=6))
    header = [draw(st.one_of(st.just(str(true)), NUMBERS)) for true in (len(rows), dim)]
    lines = [" ".join(header), *(" ".join([f"w{number}", *row]) for number, row in enumerate(rows))]
    lines = draw(st.one_of(st.just(lines), st.just(lines + lines[1:2])))
    content = "".join(f"{line}\n" for line in lines).encode()
    return content[: draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))]


@pytest.fixture(scope="module", params=["passed over", "parsed"])
def rows(request: pytest.FixtureRequest):
    """What reads the rows: nothing, for BlazingText's own sets, or the scoring of the others."""
    return None if request.param == "passed over" else Scoring([ANALOGIES], {}).read


@given(content=vectors_files())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_model_passes_only_if_the_reader_of_its_file_takes_it(tmp_path: Path, rows, content: bytes):
    path = tmp_path / "vectors.txt"
    path.write_bytes(content)
    try:
        with path.open("rb") as file:
            good = sum(len(chunk.words) for chunk in VectorsTxt(file, path).chunks())
    except VectorsFileError:
        good = 0
    try:
        found = read_model_archive(io.BytesIO(archive(("vectors.txt", content))), rows).vocabulary
    except InvalidModelArchive as refused:
        assert "vectors.txt: line " in str(refused)
        found = 0
    assert found == good


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            b"100000 3\n" + b"".join(b"w%d 1 2 3\n" % n for n in range(50)),
            "line 1 announces 100000 words, but 50 lines follow",
        ),
        (
            b"2 1\n" + b"".join(b"w%d 1\n" % n for n in range(9)),
            "line 1 announces 2 words, but 9 lines follow",
        ),
        (b"5 3\n", "line 1 announces 5 words, but 0 lines follow"),
        (b"1_0 3\n" + b"w 1 2 3\n" * 10, "line 1 is not the header"),
        (b"1 99999999999\nw 1 2 3\n", r"line 2 \('w'\) has 3 values; the header announces 99999999999"),
        (b"2 3\nw 1 2 3\nv 1 2", r"line 3 \('v'\) has 2 values; the header announces 3"),
        (b"2 3\nw 1 2 nan\nv 1 2 3\n", r"line 2 \('w'\) has the value 'nan'"),
        (b"1 2\nb 1-2 3\n", r"line 2 \('b'\) has the value '1-2'"),
        (b"1 2\nb e e\n", r"line 2 \('b'\) has the value 'e'"),
        (b"1 2\nb 1 1e999\n", r"line 2 \('b'\) has the value '1e999'"),
        (b"1 1\nw0 1e\n", r"line 2 \('w0'\) has the value '1e'"),
        (b"3 1\nw 1\nv 1\nw 2\n", "line 4 has the word 'w' once more"),
        (b"1 1\nw\n", r"line 2 \('w'\) has 0 values"),
        (b"1 2\nw 1 " + b"1" * 2**22 + b"\n", "line 2 has 4,194,304 bytes or more"),
    ],
)
def test_the_line_of_vectors_txt_that_is_wrong_is_named_though_no_number_is_asked_for(
    content: bytes, fault: str
):
    with pytest.raises(InvalidModelArchive, match=f"vectors.txt: {fault}"):
        read_model_archive(io.BytesIO(archive(("vectors.txt", content))))


@pytest.mark.parametrize("name", ["vectors.txt", "eval.json", "vectors.bin"])
def test_a_second_file_of_a_name_is_refused(name: str):
    files = [("vectors.txt", VECTORS), ("eval.json", b"{}"), ("vectors.bin", b"x")]
    packed = archive(*files, (f"./{name}", VECTORS))

    with pytest.raises(InvalidModelArchive, match=f"holds {name} twice"):
        read_model_archive(io.BytesIO(packed))
