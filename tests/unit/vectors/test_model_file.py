"""The file that a model is asked from: the safetensors format, mapped into memory, to the bit."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

import wordvectors
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.model_file import FORMAT, ModelWriter, open_model, write_model
from wordvectors.vectors.ngrams import Ngrams
from wordvectors.vectors.tensors import HEADER_BYTES, LENGTH_BYTES, mapped
from wordvectors.vectors.word_vectors import WordVectors

WORDS = ["the", "naïve", "日本", "a\u2028b", "\ufeffx"]
VECTORS = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
COUNTS = np.array([2**40, 9, 5, 5, 1])
NGRAMS = Ngrams(np.random.default_rng(2).normal(size=(7, 3)).astype(np.float32), 3, 6, 7)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_model(
        tmp_path / "model.safetensors",
        WORDS,
        VECTORS,
        NGRAMS,
        int8=True,
        metadata={"run_id": "wv-a"},
        counts=COUNTS,
    )
    return tmp_path / "model.safetensors"


def test_what_is_written_is_opened_again_to_the_bit(path: Path):
    model = open_model(path)

    assert model.words == WORDS
    assert model.metadata["run_id"] == "wv-a"
    assert model.counts is not None
    assert model.counts.tolist() == COUNTS.tolist()
    np.testing.assert_array_equal(model.vectors, VECTORS)
    np.testing.assert_array_equal(model.norms, np.linalg.norm(VECTORS, axis=1))
    np.testing.assert_array_equal(model.ngrams.rows, NGRAMS.rows)
    assert (model.ngrams.least, model.ngrams.most) == (3, 6)


def test_vectors_are_mapped_not_read(path: Path):
    model = open_model(path)
    assert isinstance(model.vectors, np.memmap)
    assert isinstance(model.ngrams.rows, np.memmap)
    assert model.vectors.flags.aligned
    assert not model.vectors.flags.writeable


def test_the_formats_own_package_reads_it(path: Path):
    arrays = load_file(path)
    np.testing.assert_array_equal(arrays["vectors"], VECTORS)
    np.testing.assert_array_equal(arrays["counts"], COUNTS)
    assert arrays["words"].tobytes().decode().splitlines(keepends=False)[0] == "the"
    whole = arrays["int8"] * arrays["scales"][:, None]
    np.testing.assert_allclose(whole, VECTORS, atol=np.abs(VECTORS).max() / 127)


def test_what_the_formats_own_package_writes_is_read(tmp_path: Path):
    save_file({"a": VECTORS, "b": np.arange(3, dtype=np.uint8)}, tmp_path / "x", metadata={"k": "v"})
    arrays, metadata = mapped(tmp_path / "x")
    np.testing.assert_array_equal(arrays["a"], VECTORS)
    assert (arrays["b"].tolist(), metadata) == ([0, 1, 2], {"k": "v"})


def test_a_model_written_as_its_parts_come_is_the_same(path: Path, tmp_path: Path):
    with (tmp_path / "other").open("xb") as file:
        writer = ModelWriter(file)
        writer.begin_ngrams(7, 3, 3, 6)
        writer.add_ngrams(NGRAMS.rows[:4])
        writer.add_ngrams(NGRAMS.rows[4:])
        writer.begin_vectors(5, 3)
        writer.add_vectors(WORDS[:2], VECTORS[:2])
        writer.add_vectors(WORDS[2:], VECTORS[2:])
        writer.finish(int8=True, metadata={"run_id": "wv-a"}, counts=COUNTS)
    one, other = mapped(path), mapped(tmp_path / "other")
    assert one[1] == other[1]
    assert all((one[0][name] == other[0][name]).all() for name in one[0])


def test_a_model_that_lacks_rows_is_not_finished(tmp_path: Path):
    writer = ModelWriter((tmp_path / "x").open("xb"))
    writer.begin_vectors(5, 3)
    writer.add_vectors(WORDS[:2], VECTORS[:2])
    with pytest.raises(ValueError, match="2 of 5 words"):
        writer.finish(int8=False, metadata={})


def test_eight_bits_note_how_many_of_the_nearest_stay_the_same(tmp_path: Path):
    rows = np.random.default_rng(0).normal(size=(3000, 50)).astype(np.float32)
    write_model(tmp_path / "m", [f"w{n}" for n in range(3000)], rows, int8=True)
    said = float(open_model(tmp_path / "m").metadata["int8_recall_at_10"])
    arrays, _ = mapped(tmp_path / "m")
    coarse = WordVectors([f"w{n}" for n in range(3000)], arrays["int8"] * arrays["scales"][:, None])
    exact = WordVectors.open(tmp_path / "m")
    words = [f"w{n}" for n in range(0, 3000, 30)]
    pairs = zip(exact.most_similar_each(words), coarse.most_similar_each(words), strict=True)
    shared = [len({w for w, _ in one} & {w for w, _ in two}) / 10 for one, two in pairs]
    assert 0.9 < said < 1
    assert said == pytest.approx(np.mean(shared), abs=0.03)


def test_a_models_file_is_loaded_in_python(path: Path):
    vectors = wordvectors.load(path)
    assert vectors.index_to_key == WORDS
    assert vectors.origin("unheard") == "n-grams"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.integers(0, LENGTH_BYTES + 700), st.binary(min_size=1, max_size=4), st.booleans())
def test_a_damaged_file_is_a_model_or_an_error_that_names_it(path, tmp_path, at, junk, cut):
    content = path.read_bytes()
    damaged = content[:at] if cut else content[:at] + junk + content[at + len(junk) :]
    (tmp_path / "damaged").write_bytes(damaged)
    try:
        assert len(open_model(tmp_path / "damaged").words) == len(WORDS)
    except VectorsFileError as fault:
        assert "damaged" in str(fault)


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("data_offsets", [0, 2**62]), ("data_offsets", [-60, 0]), ("shape", [5, 4]), ("shape", [-5, -3]),
        ("dtype", "F64"), ("shape", "x"), ("data_offsets", None),
    ],
)  # fmt: skip
def test_a_header_that_does_not_fit_is_refused(path: Path, entry: str, value: object):
    content = path.read_bytes()
    header = json.loads(content[LENGTH_BYTES : LENGTH_BYTES + HEADER_BYTES])
    header["vectors"][entry] = value
    changed = json.dumps(header).encode().ljust(HEADER_BYTES)
    path.write_bytes(content[:LENGTH_BYTES] + changed + content[LENGTH_BYTES + HEADER_BYTES :])
    with pytest.raises(VectorsFileError):
        open_model(path)


@pytest.mark.parametrize("shape", [[0, 10**30], [0, 2**62], [0, *[1] * 70]])
def test_an_empty_array_of_a_shape_that_numpy_has_not_is_refused(path: Path, shape: list[int]):
    content = path.read_bytes()
    header = json.loads(content[LENGTH_BYTES : LENGTH_BYTES + HEADER_BYTES])
    header["vectors"] |= {"shape": shape, "data_offsets": [0, 0]}
    changed = json.dumps(header).encode().ljust(HEADER_BYTES)
    path.write_bytes(content[:LENGTH_BYTES] + changed + content[LENGTH_BYTES + HEADER_BYTES :])
    with pytest.raises(VectorsFileError):
        open_model(path)


def test_another_kind_of_file_is_refused(tmp_path: Path):
    save_file({"vectors": VECTORS}, tmp_path / "x")
    with pytest.raises(VectorsFileError, match=f"holds no model of '{FORMAT}'"):
        open_model(tmp_path / "x")
    buffer = io.BytesIO(b"3 2\na 1 2\n")
    (tmp_path / "y").write_bytes(buffer.getvalue())
    with pytest.raises(VectorsFileError, match="not in the safetensors format"):
        open_model(tmp_path / "y")


def test_rows_of_ngrams_that_were_never_learnt_take_no_room_and_change_nothing(tmp_path: Path):
    rows = np.zeros((20_000, 3), np.float32)
    learnt = np.random.default_rng(3).choice(20_000, 4_000, replace=False)
    rows[learnt] = np.random.default_rng(4).normal(size=(4_000, 3))
    whole = Ngrams(rows, 3, 6, 20_000)
    write_model(tmp_path / "m", WORDS, VECTORS, whole)

    kept = open_model(tmp_path / "m").ngrams

    assert kept.rows.shape == (4_000, 3)
    assert (tmp_path / "m").stat().st_size < rows.nbytes / 2
    for word in ("paris", "unheard", "x", "preposterously"):
        one, other = kept.vector(word), whole.vector(word)
        assert one == pytest.approx(other, abs=1e-6) if other is not None else one is None
