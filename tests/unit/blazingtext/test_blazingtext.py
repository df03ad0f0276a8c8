"""BlazingText's rules: hyperparameters, instances, volume, log."""

from __future__ import annotations

import re

import pytest
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from wordvectors.blazingtext import log
from wordvectors.blazingtext.hyperparameters import Hyperparameters, InvalidHyperparameters, Mode
from wordvectors.blazingtext.instances import instance_family, instance_faults
from wordvectors.blazingtext.log import TrainingLog, ends_early, parse_log
from wordvectors.blazingtext.volume import GIB, own_storage_gb, volume_bytes_needed

# The developer guide's table of defaults.
DEFAULTS = {
    "mode": "batch_skipgram", "batch_size": 11, "epochs": 5, "evaluation": True, "learning_rate": 0.05,
    "min_count": 5, "negative_samples": 5, "sampling_threshold": 0.0001, "subwords": False, "vector_dim": 100,
    "window_size": 5,
}  # fmt: skip


def faults_of(**given_values) -> tuple[str, ...]:
    with pytest.raises(InvalidHyperparameters) as raised:
        Hyperparameters.read(given_values)
    return raised.value.faults


def test_defaults_are_the_developer_guides():
    assert Hyperparameters.read({}).model_dump() == DEFAULTS


def test_subwords_bring_their_own_defaults():
    values = Hyperparameters.read({"mode": "skipgram", "subwords": "True"})

    assert (values.buckets, values.min_char, values.max_char) == (2_000_000, 3, 6)
    assert "batch_size" not in values.model_dump()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "supervised"), ("mode", None), ("batch_size", 33), ("batch_size", 0), ("epochs", 0), ("epochs", 1.5),
        ("epochs", True), ("epochs", "many"), ("learning_rate", 0), ("learning_rate", "nan"),
        ("learning_rate", float("inf")), ("min_count", -1), ("negative_samples", 0), ("sampling_threshold", 0),
        ("sampling_threshold", 1), ("vector_dim", 2049), ("vector_dim", []), ("window_size", 0),
        ("epochs", 10**40), ("window_size", 10**200), ("learning_rate", 1e-300), ("learning_rate", 1e200),
        ("sampling_threshold", 1e-300), ("negative_samples", 10**9), ("min_count", 10**12), ("buckets", 10**10),
        ("evaluation", "yes"), ("evaluation", 1), ("colour", 1),
    ],
)  # fmt: skip
def test_a_value_that_blazingtext_refuses_is_named_with_what_is_allowed(name, value):
    subwords = {"mode": "cbow", "subwords": True} if name == "buckets" else {}
    (fault,) = faults_of(**{name: value}, **subwords)

    assert fault.startswith(f"hyperparameters.{name} is ")
    assert "allowed is" in fault or "known are" in fault


def test_an_unknown_one_is_told_which_there_are_with_either_engine():
    (fault,) = faults_of(colour=1)

    assert fault.startswith("hyperparameters.colour is not a hyperparameter; known are mode, subwords, ")
    assert fault.endswith("window_size, and with the project's own engine seed, threads")


def test_all_faults_come_at_once():
    assert len(faults_of(epochs=0, vector_dim="x", window_size=-1, colour="red")) == 4


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"subwords": True}, "batch_skipgram has no subwords"),
        ({"mode": "cbow", "batch_size": 11}, "batch_size has no meaning with mode cbow"),
        ({"min_char": 2}, "min_char has no meaning without subwords"),
        ({"mode": "cbow", "subwords": True, "min_char": 7}, "min_char is 7, more than max_char 6"),
    ],
)
def test_combinations_that_make_no_sense_are_refused(values, fault):
    assert fault in faults_of(**values)[0]


values_of_each_kind = st.fixed_dictionaries(
    {},
    optional={
        "batch_size": st.integers(1, 32),
        "epochs": st.integers(1, 1000),
        "learning_rate": st.floats(1e-6, 10),
        "min_count": st.integers(0, 100),
        "negative_samples": st.integers(1, 100),
        "sampling_threshold": st.floats(1e-9, 0.999),
        "vector_dim": st.integers(1, 2048),
        "evaluation": st.booleans(),
    },
)


@given(values_of_each_kind)
def test_what_sagemaker_carries_as_strings_reads_back_the_same(given_values):
    values = Hyperparameters.read(given_values)

    assert Hyperparameters.read(values.strings()) == values


@given(
    st.dictionaries(
        st.text(max_size=20), st.one_of(st.none(), st.text(), st.floats(), st.lists(st.integers()))
    )
)
def test_whatever_is_given_ends_in_values_or_in_faults(given_values):
    try:
        values = Hyperparameters.read(given_values)
    except InvalidHyperparameters as invalid:
        assert invalid.faults
    else:
        assert set(values.model_dump()) >= {"mode", "vector_dim"}


@pytest.mark.parametrize(
    ("mode", "instance_type", "count", "fault"),
    [
        ("batch_skipgram", "ml.c5.xlarge", 1, None),
        ("batch_skipgram", "ml.c5.18xlarge", 8, None),
        ("batch_skipgram", "ml.c7i-flex.xlarge", 1, None),
        ("skipgram", "ml.g4dn.xlarge", 1, None),
        ("cbow", "ml.p3.2xlarge", 1, None),
        ("cbow", "ml.m5.large", 1, None),
        ("cbow", "ml.m5.large", 2, "only batch_skipgram trains on several"),
        ("skipgram", "ml.g5.xlarge", 2, "one instance only"),
        ("batch_skipgram", "ml.p3.2xlarge", 1, "runs on CPUs only"),
        ("skipgram", "ml.p4d.24xlarge", 1, "not known to run on that family"),
        ("skipgram", "ml.trn1.2xlarge", 1, "not known to run on that family"),
        ("skipgram", "ml.c6g.xlarge", 1, "not known to run on that family"),
        ("skipgram", "c5.xlarge", 1, "must look like ml.c5.xlarge"),
    ],
)
def test_which_mode_runs_where(mode, instance_type, count, fault):
    faults = instance_faults(Mode(mode), instance_type, count)

    assert (faults == []) if fault is None else (fault in faults[0])


def test_every_instance_type_that_sagemaker_trains_on_is_understood():
    model = get_session().get_service_model("sagemaker")

    for instance_type in model.shape_for("TrainingInstanceType").enum:
        assert not any("must look like" in fault for fault in instance_faults(Mode.CBOW, instance_type, 1))


def test_every_instance_type_with_storage_of_its_own_is_known():
    """EC2's names tell: a `d` after the generation, and the newer GPU families."""
    model = get_session().get_service_model("sagemaker")
    types = [
        name
        for name in model.shape_for("TrainingInstanceType").enum
        if not instance_faults(Mode.SKIPGRAM, name, 1)
    ]

    with_storage = {instance_family(name) for name in types if own_storage_gb(name)}
    without = {instance_family(name) for name in types if not own_storage_gb(name)}

    assert with_storage == {"g4dn", "g5", "p3dn", "r5d"}
    assert not [family for family in without if re.search(r"^g|\dd", family)]


def test_the_volume_needed_grows_with_corpus_dimension_and_subwords():
    plain = Hyperparameters.read({"mode": "skipgram"})
    wide = Hyperparameters.read({"mode": "skipgram", "vector_dim": 300})
    subwords = Hyperparameters.read({"mode": "skipgram", "subwords": True})

    needed = volume_bytes_needed
    assert needed(10**9, plain) > 10**9
    assert needed(10**8, plain) < needed(10**9, plain) < needed(10**9, wide)
    assert needed(10**8, subwords) - needed(10**8, plain) >= 2_000_000 * 100 * 4


def test_the_default_volume_holds_the_yardstick_run():
    """148 M words, 800 MB of text, at the defaults, on 30 GB."""
    assert volume_bytes_needed(800_000_000, Hyperparameters.read({})) < 30 * GIB


SINGLE_NODE = """\
Arguments: train
[11/28/2020 12:46:55 INFO 140259373856576] Running single machine CPU BlazingText training using batch_skipgram mode.
Read 17M words
Number of words:  71290
##### Alpha: 0.0490  Progress: 2.00%  Million Words/sec: 2.12 #####
##### Alpha: 0.0245  Progress: 51.00%  Million Words/sec: 2.20 #####
"""
ENDED = """\
##### Alpha: -0.0000  Progress: 100.00%  Million Words/sec: 2.27 #####
Training finished!
Average throughput in Million words/sec: 2.27
Total training time in seconds: 654.01
"""


def test_progress_is_read_from_the_last_line_that_tells_it():
    log = parse_log(SINGLE_NODE.splitlines())

    assert log == TrainingLog(
        alpha=0.0245, percent=51.0, words_per_second=2_200_000, vocabulary=71290, training_seconds=None
    )


def test_several_hosts_write_progress_without_hashes():
    log = parse_log(["Alpha: 0.0489  Progress: 2.19%  Million Words/sec: 4.36"])

    assert (log.percent, log.words_per_second) == (2.19, 4_360_000)


def test_the_end_tells_the_average():
    log = parse_log((SINGLE_NODE + ENDED).splitlines())

    assert (log.percent, log.words_per_second, log.training_seconds) == (100.0, 2_270_000, 654.01)


def test_a_training_that_ended_early_is_not_done_with_all_epochs(capsys):
    ends_early(3, 12, "no set is better")
    log = parse_log((SINGLE_NODE + capsys.readouterr().out + ENDED).splitlines())

    assert (log.ended_early_after, log.percent) == (3, 25.0)


@pytest.mark.parametrize(
    ("tokens", "seconds", "said"),
    [
        (1_234_567, 100, "0.01235"), (41_234, 10_000, "0.000004123"), (148_000_000, 60, "2.467"),
        (12_345_678, 1, "12.35"), (98_765_432_100, 10, "9876.54"), (0, 1, "0.00"), (1, 10**9, "0.000000000000001"),
    ],
)  # fmt: skip
def test_the_average_of_a_small_training_is_told_in_four_digits_too(capsys, tokens, seconds, said):
    """Of a training by few words, two decimals of a million would be none."""
    log.finished(tokens, seconds)

    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"Average throughput in Million words/sec: {said}"
    assert parse_log(lines).words_per_second == pytest.approx(float(said) * 1e6)


@given(st.lists(st.text()))
def test_any_lines_are_read_without_a_fault(lines):
    parse_log(lines)


@given(st.integers(0, len(SINGLE_NODE + ENDED)))
def test_a_log_cut_off_anywhere_is_read(length):
    parse_log((SINGLE_NODE + ENDED)[:length].splitlines())


@pytest.mark.parametrize("number", ["9" * 400, "0." + "0" * 300 + "1", "1.2.3", "1."])
def test_a_number_of_the_log_that_no_row_could_hold_is_passed_over(number):
    lines = [
        f"Alpha: {number}  Progress: 2.19%  Million Words/sec: 4.36",
        f"Alpha: 0.0489  Progress: 2.19%  Million Words/sec: {number}",
        f"Total training time in seconds: {number}",
        f"Average throughput in Million words/sec: {number}",
        "Number of words:  " + "9" * 40,
    ]
    assert parse_log(lines) == TrainingLog()
