"""SageMaker's container contract, with the trainer as a process of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

from tests.unit.containers import CHANNEL, PROJECT, Container
from tests.unit.engine.corpora import two_topics
from wordvectors.blazingtext.eval_json import read_eval_json
from wordvectors.blazingtext.log import parse_log
from wordvectors.vectors.readers import load_keyed_vectors

PREFIX = r"\[\d\d/\d\d/\d{4} \d\d:\d\d:\d\d INFO \d+\] "


def test_a_job_leaves_blazingtexts_log_and_artefacts(container: Container):
    container.configure(two_topics(), mode="batch_skipgram", vector_dim="10", epochs="3")
    status, output, errors = container.run()
    assert (status, errors) == (0, "")
    assert container.artefacts() == ["eval.json", "vectors.bin", "vectors.txt"]
    assert not container.failure.exists()

    evaluation = (container.model / "eval.json").read_text()
    mean_rho = json.loads(evaluation)["mean_rho"]
    corpus, vectors = container.data / "my.txt", container.model / "vectors.txt"
    shapes = [
        "Arguments: train",
        PREFIX + r"Running single machine CPU BlazingText training using batch_skipgram mode\.",
        PREFIX + re.escape(f"Processing {corpus} . File size: {corpus.stat().st_size / 1024**2} MB"),
        "Read 0M words",
        r"Number of words:  16",
        r"(?:##### Alpha: \d\.\d{4}  Progress: \d+\.\d\d%  Million Words/sec: \d+\.\d\d #####\n)*"
        r"##### Alpha: 0\.0000  Progress: 100\.00%  Million Words/sec: \d+\.\d\d #####",
        "Training finished!",
        r"Average throughput in Million words/sec: \d+\.\d\d+",
        r"Total training time in seconds: \d+\.\d\d",
        r"Evaluating word embeddings\.\.\.\.",
        re.escape(f"Vectors read from: {vectors} "),
        re.escape(evaluation),
        PREFIX + re.escape(f"#mean_rho: {mean_rho}"),
        PREFIX
        + "Seconds: "
        + ", ".join(
            rf"{phase} \d+\.\d\d" for phase in ("start-up", "encoding", "training", "writing", "evaluation")
        )
        + r"; in all \d+\.\d\d( \(of these \d+\.\d\d compiling\))?",
    ]
    assert re.fullmatch("\n".join(shapes) + "\n", output), output

    log = parse_log(output.splitlines())
    assert (log.percent, log.vocabulary) == (100.0, 16)
    scores = read_eval_json(evaluation)
    assert {name: score.total_pairs for name, score in scores.sets.items()} == {
        "WS-353": 353,
        "WS-353-REL": 252,
        "WS-353-SIM": 203,
    }
    assert scores.mean_rho is not None

    text, binary = load_keyed_vectors(vectors), load_keyed_vectors(container.model / "vectors.bin")
    assert len(text.index_to_key) == 16
    assert text.index_to_key == binary.index_to_key
    np.testing.assert_allclose(text.vectors, binary.vectors, rtol=5.1e-6)


def test_subwords_give_a_model_that_answers_unknown_words(container: Container):
    container.configure(
        two_topics(), mode="skipgram", subwords="True", buckets="400", vector_dim="8", evaluation="False"
    )
    status, output, _ = container.run()
    assert status == 0
    assert container.artefacts() == ["vectors.bin", "vectors.txt"]
    assert "mean_rho" not in output
    vectors = load_keyed_vectors(container.model / "vectors.bin")
    assert "catdog" not in vectors.key_to_index
    assert vectors["catdog"].any()
    text = load_keyed_vectors(container.model / "vectors.txt")
    np.testing.assert_allclose(text.vectors, vectors.vectors, rtol=1e-4, atol=1e-6)


def test_a_corpus_that_is_not_utf8_is_trained_with_a_warning(container: Container):
    container.configure(b"caf\xe9 tea\xc2\xa0time \0 milk\r\n" * 20, mode="cbow", vector_dim="4")
    status, output, _ = container.run()
    assert status == 0
    assert re.search(
        r"WARNING \d+\] 1 words of my.txt hold bytes that are not UTF-8 \(b'caf\\xe9' …\)", output
    )
    loaded = load_keyed_vectors(container.model / "vectors.txt")
    assert loaded.index_to_key == ["caf\ufffd", "tea\u00a0time", "milk"]


def test_seed_and_threads_are_hyperparameters_where_the_package_was_brought_along(container: Container):
    def vectors(setting: str, **hyperparameters: str) -> bytes:
        container.configure(two_topics(), mode="batch_skipgram", vector_dim="4", **hyperparameters)
        container.write_config("inputdataconfig", {"train": CHANNEL, "code": CHANNEL, "packages": CHANNEL})
        assert container.run(WORDVECTORS_SEED=setting, WORDVECTORS_THREADS="1")[0] == 0
        return (container.model / "vectors.bin").read_bytes()

    assert vectors("0") == vectors("9", seed="0", threads="1")


@pytest.mark.parametrize(
    "given",
    [{"seed": "1", "threads": "2"}, {"evaluation_sets": '["WS-353"]', "early_stopping": '{"patience": 1}'}],
)
def test_in_blazingtext_s_place_the_own_engine_s_hyperparameters_are_refused(
    container: Container, given: dict[str, str]
):
    container.configure(b"a b c\n", **given)
    fails(container, "(?s)" + "".join(f"(?=.*{name} is not a BlazingText)" for name in given))


def test_a_training_that_is_to_end_early_needs_scores(container: Container):
    container.configure(b"a b c\n", early_stopping='{"patience": 1}')
    container.write_config("inputdataconfig", {"train": CHANNEL, "code": CHANNEL, "packages": CHANNEL})
    fails(container, "early_stopping is given, but not evaluation_sets")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        (
            "evaluation_sets",
            "none",
            r"evaluation_sets is 'none', which can't be read: evaluation_sets: Invalid JSON",
        ),
        ("evaluation_sets", "[1]", r"can't be read: evaluation_sets\.0: it should be text$"),
        (
            "evaluation_sets",
            '["../../zoo"]',
            r"evaluation_sets names '\.\./\.\./zoo'; a set is one of WS-353",
        ),
        (
            "evaluation_sets",
            '["Google-analogies"]',
            "names Google-analogies, which is not scored on the way$",
        ),
        (
            "early_stopping",
            '{"patience": 0}',
            r"early_stopping\.patience: it should be greater than or equal to 1$",
        ),
    ],
)
def test_what_is_to_be_scored_on_the_way_and_can_t_be_is_told(
    container: Container, name: str, text: str, reason: str
):
    container.configure(b"a b c\n", **{"evaluation_sets": "[]", name: text})
    container.write_config("inputdataconfig", {"train": CHANNEL, "code": CHANNEL, "packages": CHANNEL})
    fails(container, reason)


def fails(container: Container, reason: str, **environment: str) -> None:
    """Run the trainer and hold that it fails for this reason, told as a sentence."""
    status, output, errors = container.run(**environment)
    message = container.failure.read_text()
    assert status == 1
    assert re.search(reason, message), message
    assert f"AlgorithmError: {message}\n" in output
    assert len(message) <= 1024
    assert message in output
    assert "Traceback" not in output + errors
    assert container.artefacts() == []


def test_a_corpus_with_nothing_to_learn_is_refused(container: Container):
    container.configure(b"a b c\n", mode="skipgram")
    fails(container, r"no word occurs at least 5 times \(min_count\) in train/my\.txt: nothing to learn")


def test_all_wrong_hyperparameters_are_named_at_once(container: Container):
    container.configure(b"a b c\n", mode="glove", epochs="0", colour="red")
    fails(container, r"(?s)(?=.*mode)(?=.*epochs)(?=.*colour)")


def test_a_channel_without_a_file_is_refused(container: Container):
    container.configure(None, mode="skipgram")
    fails(container, "there is no file in the channel train")


def test_a_channel_with_two_files_is_refused(container: Container):
    container.configure(b"a b\n", mode="skipgram")
    (container.data / "deeper").mkdir()
    (container.data / "deeper" / "other.txt").write_bytes(b"a\n")
    fails(container, r"there are 2 files in the channel train \(deeper/other\.txt, my\.txt\)")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("hyperparameters", None, r"input/config/hyperparameters\.json is missing"),
        (
            "hyperparameters",
            "{",
            r"input/config/hyperparameters\.json can't be read as JSON: Expecting property name",
        ),
        (
            "hyperparameters",
            f'{{"epochs": {"9" * 6000}}}',
            r"hyperparameters\.json can't be read as JSON: a number in it has 6,000 digits$",
        ),
        ("resourceconfig", "[]", r"input/config/resourceconfig\.json must hold an object"),
        (
            "inputdataconfig",
            json.dumps({"train": CHANNEL, "test": CHANNEL}),
            "one input channel, train; given: test, train",
        ),
        ("inputdataconfig", "{}", "one input channel, train; given: none"),
        (
            "inputdataconfig",
            json.dumps({"train": CHANNEL | {"TrainingInputMode": "Pipe"}}),
            "input mode Pipe",
        ),
    ],
)
def test_a_faulty_configuration_is_refused(container: Container, name: str, content: str | None, reason: str):
    container.configure(b"a b\n", mode="skipgram")
    path = container.config / f"{name}.json"
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    fails(container, reason)


def test_a_model_folder_that_cannot_be_written_is_named(container: Container):
    container.configure(two_topics(50), mode="skipgram", vector_dim="4")
    (container.model / "vectors.bin").mkdir()
    status, _, errors = container.run()
    assert (status, errors) == (1, "")
    assert str(container.model) in container.failure.read_text()
    assert container.artefacts() == ["vectors.bin"]


def test_one_machine_says_that_it_stands_for_several(container: Container):
    container.configure(two_topics(50), mode="batch_skipgram", vector_dim="4", epochs="1")
    container.write_config("resourceconfig", {"current_host": "algo-1", "hosts": ["algo-1", "algo-2"]})
    status, output, _ = container.run()
    assert status == 0
    assert "WARNING" in output
    assert "2 hosts" in output


@pytest.mark.parametrize(
    ("mode", "stop"),
    [("batch_skipgram", signal.SIGTERM), ("skipgram", signal.SIGTERM), ("skipgram", signal.SIGINT)],
)
def test_a_stop_while_training_ends_it_at_once_and_leaves_nothing(
    container: Container, mode: str, stop: signal.Signals
):
    container.configure(two_topics(5000), mode=mode, epochs="1000000", vector_dim="300")
    process = container.start()
    assert process.stdout is not None
    for line in process.stdout:
        if "Progress" in line:
            break
    process.send_signal(stop)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 128 + stop
    assert errors == ""
    assert container.artefacts() == []
    assert not container.failure.exists()


def test_a_stop_while_writing_leaves_no_half_written_file(container: Container):
    # The process that writes is slowed down to be met in the middle of vectors.txt.
    container.configure(two_topics(50), mode="skipgram", vector_dim="4", epochs="1")
    code = (
        "import sys, time, wordvectors.trainer.container as container\n"
        "class Slow(list):\n"
        "    def __getitem__(self, rows):\n"
        "        print('writing', flush=True); time.sleep(60); return super().__getitem__(rows)\n"
        "import wordvectors.engine.training as training\n"
        "write = training.write_vectors_txt\n"
        "training.write_vectors_txt = lambda path, words, *rest, **more: write(path, Slow(words), *rest, **more)\n"
        "sys.exit(container.main(['train']))\n"
    )
    process = container.start_code(code, until="writing")
    assert any(name.startswith(".vectors.txt") for name in container.artefacts())
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143
    assert container.artefacts() == ["vectors.bin"]


@pytest.mark.parametrize("then", ["time.sleep(60)", "raise RuntimeError('no compiled object yet')"])
def test_a_stop_that_is_lost_in_a_library_is_told_again(container: Container, then: str):
    """What a signal raises in a callback of LLVM's is printed and forgotten, and may leave the library broken."""
    container.configure(two_topics(50), mode="batch_skipgram", vector_dim="4")
    code = (
        "import sys, time, wordvectors.trainer.container as container\n"
        "import wordvectors.engine.training as training\n"
        "def train(*given, **more):\n"
        "    print('compiling', flush=True)\n"
        "    try: time.sleep(60)\n"
        "    except container.Stopped: pass\n"
        f"    {then}\n"
        "training.train = train\n"
        "sys.exit(container.main(['train']))\n"
    )
    process = container.start_code(code, until="compiling")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143
    assert not container.failure.exists()


def test_a_stop_while_encoding_leaves_nothing(container: Container):
    # The process that encodes is held up once it has written to its scratch file.
    container.configure(two_topics(50), mode="batch_skipgram", vector_dim="4")
    code = (
        "import sys, time, wordvectors.trainer.container as container\n"
        "import wordvectors.engine.encoding as encoding\n"
        "def slow(*given): print('counted', flush=True); time.sleep(60)\n"
        "encoding.choose_words = slow\n"
        "sys.exit(container.main(['train']))\n"
    )
    process = container.start_code(code, until="counted")
    assert container.artefacts() == []
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (143, "")
    assert container.artefacts() == []


@pytest.mark.parametrize("mode", ["batch_skipgram", "skipgram"])
def test_one_thread_and_a_seed_give_the_same_bytes(container: Container, mode: str):
    container.configure(two_topics(), mode=mode, vector_dim="10", epochs="1")
    artefacts = []
    for seed in ("7", "7", "8"):
        status, _, _ = container.run(WORDVECTORS_SEED=seed, WORDVECTORS_THREADS="1")
        assert status == 0
        artefacts.append([(container.model / name).read_bytes() for name in container.artefacts()])
    assert artefacts[0] == artefacts[1]
    assert artefacts[0][1] != artefacts[2][1]


def test_a_training_whose_machine_is_gone_goes_on_from_its_checkpoint(container: Container):
    setting = {"WORDVECTORS_CHECKPOINT_SECONDS": "0", "WORDVECTORS_THREADS": "1"}
    container.configure(two_topics(), mode="batch_skipgram", vector_dim="100", epochs="800")
    checkpoints = container.base / "checkpoints"
    checkpoints.mkdir()
    process = container.start(**setting)
    assert process.stdout is not None
    for line in process.stdout:
        if "Checkpoint at" in line:
            break
    process.kill()
    process.communicate()
    assert container.artefacts() == []

    status, output, errors = container.run(**setting)

    assert (status, errors) == (0, "")
    assert re.search(PREFIX + r"Training goes on from the checkpoint at [1-9][\d.]*%\.", output)
    assert [path.stat().st_size for path in checkpoints.iterdir()] == [0]
    went_on = (container.model / "vectors.bin").read_bytes()
    checkpoints.joinpath("checkpoint.zip").unlink()
    checkpoints.rmdir()
    status, output, _ = container.run(**setting)
    assert status == 0
    assert "heckpoint" not in output
    assert (container.model / "vectors.bin").read_bytes() == went_on


def test_a_job_is_scored_on_its_way_on_the_sets_of_its_plan_and_ends_early(container: Container):
    container.configure(
        two_topics(),
        mode="batch_skipgram", vector_dim="10", epochs="30", threads="1",
        evaluation_sets='["SimLex-999", "zoo:score"]', early_stopping='{"patience": 3, "set": "zoo:score"}',
    )  # fmt: skip
    channels = dict.fromkeys(("train", "code", "packages", "set-1"), CHANNEL)
    container.write_config("inputdataconfig", channels)
    folder = container.data.parent / "set-1"
    folder.mkdir()
    (folder / "zoo.tsv").write_text("a\tb\tscore\ncat\tdog\t9\ncat\tbread\t1\n")
    status, output, errors = container.run()
    assert (status, errors) == (0, "")
    told = parse_log(output.splitlines())
    assert set(told.epoch_scores[1]) == {"mean_rho", "SimLex-999", "zoo:score"}
    assert 4 <= max(told.epoch_scores) < 30  # two pairs are in order, or they are not
    assert output.count("early_stopping goes by zoo:score, of which 2 of 2 pairs are too few to rank by") == 1
    assert (
        f"Training ends early, after epoch {max(told.epoch_scores)} of 30: zoo:score is no better" in output
    )
    assert container.artefacts() == ["eval.json", "vectors.bin", "vectors.txt"]

    (folder / "zoo.tsv").rename(folder / "zoo.doc")
    (container.model / "vectors.bin").unlink()
    (container.model / "vectors.txt").unlink()
    (container.model / "eval.json").unlink()
    fails(
        container,
        r"the evaluation set zoo:score must be one of the files zoo\.csv, zoo\.tsv, .*0 are there",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORDVECTORS_CHECKPOINT_SECONDS", "-1"),
        ("WORDVECTORS_THREADS", "0"),
        ("WORDVECTORS_THREADS", "two"),
        ("WORDVECTORS_SEED", "-1"),
        ("WORDVECTORS_SEED", "9" * 5000),
    ],
    ids=lambda text: text[-9:],
)
def test_a_wrong_number_of_threads_or_seed_is_refused(container: Container, name: str, value: str):
    container.configure(two_topics(50), mode="batch_skipgram")
    fails(container, rf"{name} is '{value[:40]}'; it takes a whole number from \d to \d+", **{name: value})


def test_a_training_that_does_not_fit_into_memory_is_refused(container: Container):
    words = b" ".join(b"word%d" % number for number in range(300_000))
    container.configure(words, mode="skipgram", min_count="1", vector_dim="2048", subwords="True",
                        buckets="1000000000")  # fmt: skip
    fails(
        container,
        r"300,000 words with vector_dim 2048 need about 82\d\d\.\d GB of memory, and .* Raise min_count",
    )


def test_wrong_usage_is_status_two(container: Container):
    done = subprocess.run(
        [sys.executable, "-m", "wordvectors.trainer", "serve"],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: python -m wordvectors.trainer train" in done.stderr
