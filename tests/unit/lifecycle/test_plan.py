"""Plans: defaults, layers, faults, and the text a run is identified by."""

from __future__ import annotations

import json
import unicodedata

import jsonschema
import pytest
from botocore.session import get_session
from hypothesis import given, settings
from hypothesis import strategies as st

from wordvectors.blazingtext.volume import GIB
from wordvectors.lifecycle.checks import volume_faults
from wordvectors.lifecycle.engines import CPU_FAMILIES
from wordvectors.lifecycle.keys import fingerprint
from wordvectors.lifecycle.plan import (
    MAX_RUNTIME_SECONDS,
    InvalidPlan,
    TrainingPlan,
    parse_plan,
    plan_schema,
    resolve_plan,
)
from wordvectors.lifecycle.tags import job_tags


def faults_of(plan, defaults=None) -> str:
    with pytest.raises(InvalidPlan) as raised:
        resolve_plan(plan, defaults)
    return "\n".join(raised.value.faults)


def test_an_empty_plan_is_the_defaults():
    plan = resolve_plan({})

    assert plan.resources.instance_type == "ml.c5.xlarge"
    assert plan.hyperparameters.mode == "batch_skipgram"


def test_a_plan_lies_over_the_deployments_defaults_section_by_section():
    defaults = {"hyperparameters": {"epochs": 10, "vector_dim": 300}, "resources": {"volume_gb": 50}}

    plan = resolve_plan({"hyperparameters": {"vector_dim": 50}}, defaults)

    assert plan.hyperparameters.epochs == 10
    assert plan.hyperparameters.vector_dim == 50
    assert plan.resources.volume_gb == 50


def test_a_default_that_the_chosen_mode_has_no_use_for_is_no_fault():
    defaults = json.loads(resolve_plan({}).canonical_json())

    assert resolve_plan({"hyperparameters": {"mode": "cbow"}}, defaults).hyperparameters.mode == "cbow"


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        ({"colour": 1}, "colour is not a key of a plan"),
        ({"resources": {"colour": 1}}, "resources.colour is not a key of a plan"),
        ({"resources": {"volume_gb": "30"}}, "resources.volume_gb is '30'"),
        (
            {"resources": {"volume_gb": 1}},
            "resources.volume_gb is 1; it should be a whole number from 2 to 16,384",
        ),
        (
            {"resources": {"instance_count": 1.0}},
            "resources.instance_count is 1.0; it should be a whole number from 1 to 20, written without a point",
        ),
        ({"resources": {"volume_gb": 10**4000}}, "resources.volume_gb is 1" + "0" * 59 + "; it should"),
        ({"resources": {"spot": 1}}, "resources.spot is 1; it should be true or false"),
        (
            {"resources": {"volume_gb": float("nan")}},
            "resources.volume_gb is not a finite number; it should be a whole number from 2 to 16,384",
        ),
        ({"resources": {"volume_gb": True}}, "resources.volume_gb is true; it should be a whole number"),
        (
            {"hyperparameters": {"learning_rate": float("inf")}},
            "learning_rate is not a finite number; allowed is a number from 1e-06 to 100",
        ),
        ({"resources": {"instance_type": 5}}, "resources.instance_type is 5; it should be text"),
        (
            {"engine": "wordvectors", "early_stopping": {"patience": 1.5}},
            "is 1.5; it should be a whole number",
        ),
        ({"resources": {"instance_count": 0}}, "resources.instance_count is 0"),
        ({"resources": {"max_runtime_seconds": 3_000_000}}, "resources.max_runtime_seconds is 3000000"),
        ({"resources": {"spot": True}}, "no checkpoints"),
        ({"resources": []}, "resources is a list; it must be an object"),
        ({"hyperparameters": 3}, "hyperparameters is a number"),
        ({"evaluation": {"sets": ["no/path"]}}, "evaluation.sets names 'no/path'"),
        ({"evaluation": {"sets": ["own", "own"]}}, "evaluation.sets names own more than once"),
        ({"evaluation": {"sets": list("abcdef")}}, "names 6 sets of your own; at most 5 are allowed"),
        ({"evaluation": {"sets": "WS-353"}}, "evaluation.sets must be a list"),
        ({"\ud800": 1}, r"the plan holds '\ud800', which is no text"),
        ({"hyperparameters": {"\ud800": 1}}, r"hyperparameters holds '\ud800', which is no text"),
        ({"hyperparameters": {"epochs": "\ud800"}}, r"hyperparameters.epochs holds '\ud800'"),
        ({"tags": {"aws:x": "1"}}, "reserved prefix"),
        ({"tags": {"team": 3}}, "value of 'team' is 3"),
        ({"tags": {"": "x"}}, "key '' must be"),
        ({"tags": {"team": "<script>"}}, "value of 'team' is "),
        (
            {"tags": {"team": "a\nb"}},
            r"value of 'team' is 'a\nb'; it must be at most 256 letters, digits, spaces",
        ),
        ({"tags": {"team": "aws:x"}}, "value of 'team' is 'aws:x'; it must not begin with aws:"),
        ({"tags": {"cost\tcentre": "a"}}, "key 'cost\\tcentre' must be 1 to 128 letters, digits, spaces or"),
    ],
)
def test_a_fault_names_the_key_and_the_value(plan, fault):
    assert fault in faults_of(plan)


def test_all_faults_come_at_once_even_where_one_hides_another():
    faults = faults_of(
        {
            "hyperparameters": {"mode": "cbow", "vector_dim": 0},
            "resources": {"instance_count": 3, "volume_gb": "x"},
            "evaluation": {"sets": ["x y"]},
            "tags": {"aws:x": "1", "team": 3},
            "colour": 1,
        }
    )

    for part in ("vector_dim", "instance_count", "volume_gb", "sets", "'aws:x'", "'team'", "colour"):
        assert part in faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "not JSON: .* line 1 column"),
        ("{}".ljust(200_000), "has 200,000 bytes; at most 100,000 are allowed"),
        ("[]", "is a list"),
        ("null", "is null"),
        (b"\xff{}", "not UTF-8"),
        ('{"tags": {"a": "1", "a": "2"}}', "names a more than once"),
        ("[" * 100_000, "nested too deeply"),
        (
            '{"hyperparameters": {"epochs": %s}}' % ("5" * 5000),
            "^the plan can't be read: a number in it has 5,000 digits$",
        ),
    ],
)
def test_a_file_that_is_no_plan(text, fault):
    with pytest.raises(InvalidPlan, match=fault):
        parse_plan(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
plans = st.dictionaries(
    st.sampled_from(["engine", "hyperparameters", "resources", "evaluation", "tags", "x"]),
    json_values,
    max_size=5,
)


@given(plans)
def test_whatever_is_given_ends_in_a_plan_or_in_faults(plan):
    try:
        assert isinstance(resolve_plan(plan), TrainingPlan)
    except InvalidPlan as invalid:
        assert invalid.faults


@given(
    st.fixed_dictionaries({}, optional={"epochs": st.integers(1, 50), "vector_dim": st.integers(1, 300)}),
    st.dictionaries(st.text("abc", min_size=1), st.text("xyz "), max_size=3),
)
def test_equal_plans_have_equal_text_whatever_the_order_and_survive_the_journey(hyperparameters, tags):
    plan = resolve_plan({"hyperparameters": hyperparameters, "tags": tags})
    turned = resolve_plan(
        {
            "tags": dict(reversed(tags.items())),
            "hyperparameters": dict(reversed(hyperparameters.items())),
        }
    )

    assert plan.canonical_json() == turned.canonical_json()
    stored = json.loads(plan.canonical_json())
    assert TrainingPlan.model_validate(stored, strict=False) == plan
    assert resolve_plan(stored) == plan


@pytest.mark.parametrize(
    ("plan", "identity"),
    [
        ({}, "ffd70e07313c86359c0b866b3a3ca42ac0b3ae272d27de95ee237b5098058538"),
        (
            {
                "hyperparameters": {
                    "mode": "skipgram", "subwords": "True", "learning_rate": 1, "sampling_threshold": "1e-5",
                },
                "tags": {"team": "ä"},
            },
            "700e6d99b3d2166837e17715ab9d90c7b19d478b6c6f3c2e7e0e05517e05dac6",
        ),
    ],
)  # fmt: skip
def test_the_identity_of_a_plan_is_what_it_was_in_earlier_versions(plan, identity):
    text = resolve_plan(plan).canonical_json()
    assert fingerprint(bucket="b", key="corpora/a.txt", etag="e", plan_json=text) == identity


OWN = {"engine": "wordvectors"}


def test_an_engine_of_ones_own_is_part_of_a_plan_s_identity_and_blazingtext_is_not():
    plain, own = resolve_plan({}).canonical_json(), resolve_plan(OWN).canonical_json()

    assert resolve_plan({"engine": "blazingtext"}).canonical_json() == plain
    assert "engine" not in json.loads(plain)
    assert json.loads(own) == {**json.loads(plain), **OWN}


def test_seed_and_threads_are_the_own_engine_s():
    plan = resolve_plan({**OWN, "hyperparameters": {"seed": "0", "threads": 2}})

    assert plan.hyperparameters.strings().items() >= {("seed", "0"), ("threads", "2")}
    assert resolve_plan(json.loads(plan.canonical_json())) == plan
    assert not {"seed", "threads"} & resolve_plan(OWN).hyperparameters.strings().keys()


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        ({"engine": "gensim"}, "engine is 'gensim'; it should be 'blazingtext' or 'wordvectors'"),
        ({"engine": None}, "engine is null"),
        (
            {"hyperparameters": {"engine": "wordvectors"}},
            "hyperparameters.engine is a key of the plan, not a hyperparameter: write it beside hyperparameters",
        ),
        (
            {"hyperparameters": {"seed": 3}},
            "hyperparameters.seed is not a BlazingText hyperparameter; leave it out, or set the plan's engine to "
            "wordvectors",
        ),
        ({"engine": "blazingtext", "hyperparameters": {"threads": 3}}, "hyperparameters.threads is not a"),
        ({**OWN, "hyperparameters": {"seed": -1}}, "seed is -1; allowed is a whole number from 0 to 2,147,483,647"),
        ({**OWN, "hyperparameters": {"seed": None}}, "seed is null; allowed is"),
        ({**OWN, "hyperparameters": {"threads": 1025}}, "threads is 1025; allowed is a whole number from 1 to 1,024"),
        (
            {**OWN, "hyperparameters": {"mode": "cbow"}, "resources": {"instance_type": "ml.g4dn.xlarge"}},
            "is 'ml.g4dn.xlarge', but engine wordvectors trains on Intel CPUs only; use one of the families c4, c5",
        ),
        ({**OWN, "resources": {"instance_type": "ml.m6a.xlarge"}}, "trains on Intel CPUs only"),
        ({**OWN, "resources": {"instance_type": "ml.c5"}}, "it must look like ml.c5.xlarge"),
        ({**OWN, "resources": {"instance_count": 2}}, "engine wordvectors trains on one instance only"),
        (
            {"early_stopping": {"patience": 2}},
            "early_stopping is given, but engine blazingtext has no scores before its end; leave it out, or set engine "
            "to wordvectors",
        ),
        (
            {**OWN, "early_stopping": {"set": "Google-analogies"}},
            "early_stopping.set is 'Google-analogies', which is not scored after each epoch; it can be one of "
            "mean_rho, SimLex-999",
        ),
        (
            {**OWN, "early_stopping": {"set": "own"}, "evaluation": {"sets": ["WS-353"]}},
            "early_stopping.set is 'own', which is not scored after each epoch; it can be one of mean_rho",
        ),
        (
            {**OWN, "early_stopping": {}, "hyperparameters": {"evaluation": False}},
            "early_stopping is given, but hyperparameters.evaluation is false: there are no scores",
        ),
        ({**OWN, "early_stopping": {"patience": 0}}, "early_stopping.patience is 0; it should"),
        ({**OWN, "early_stopping": {"pace": 1}}, "early_stopping.pace is not a key of a plan"),
        ({**OWN, "early_stopping": 2}, "early_stopping is a number; it must be an object"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_engine_is_named(plan, fault):
    assert fault in faults_of(plan)


def test_what_does_not_fit_early_stopping_is_told_with_all_other_faults():
    other = {"engine": "wordvectors", "early_stopping": {"patience": 0, "set": "none"}, "colour": 1}
    off = {**other, "hyperparameters": {"seed": -3, "evaluation": False}}

    for plan, found in (
        (other, "early_stopping.set is 'none'"),
        (off, "early_stopping.set is 'none'"),
        (off, "hyperparameters.evaluation is false"),
        ({**off, "engine": "blazingtext"}, "hyperparameters.evaluation is false"),
        ({**off, "engine": "blazingtext"}, "engine blazingtext has no scores before its end"),
        ({**other, "engine": "wordvector"}, "early_stopping.set is 'none'"),
    ):
        for fault in ("early_stopping.patience is 0", "colour is not a key", found):
            assert fault in faults_of(plan)


def test_a_rule_between_two_hyperparameters_is_told_with_all_other_faults():
    lengths = {"mode": "skipgram", "subwords": True, "min_char": 7, "max_char": 3}
    rule = "hyperparameters.min_char is 7, more than max_char 3"
    for other in ({"epochs": 0}, {"colour": 1}, {}):
        assert faults_of({"hyperparameters": {**lengths, **other}}).count(rule) == 1
    assert rule in faults_of({"hyperparameters": lengths, "colour": 1})
    assert rule not in faults_of({"hyperparameters": {**lengths, "min_char": 0}})


def test_an_engine_that_is_none_is_the_only_fault_that_is_told_of_it():
    plan = {"engine": "wordvector", "hyperparameters": {"seed": 7}, "resources": {"spot": True},
            "early_stopping": {"patience": 2}}  # fmt: skip
    with pytest.raises(InvalidPlan) as raised:
        resolve_plan(plan)
    assert [fault.partition(";")[0] for fault in raised.value.faults] == ["engine is 'wordvector'"]


def test_early_stopping_is_part_of_a_plan_s_identity_and_none_is_not():
    plain, stopping = resolve_plan(OWN), resolve_plan({**OWN, "early_stopping": {"patience": 3}})
    assert "early_stopping" not in json.loads(plain.canonical_json())
    assert json.loads(stopping.canonical_json())["early_stopping"] == {"patience": 3, "set": "mean_rho"}
    assert resolve_plan({**OWN, "early_stopping": None}).canonical_json() == plain.canonical_json()


def test_a_default_that_the_chosen_engine_has_no_use_for_is_no_fault():
    defaults = {**OWN, "hyperparameters": {"seed": 3}}

    assert resolve_plan({}, defaults).hyperparameters.seed == 3
    assert resolve_plan({"engine": "blazingtext"}, defaults).hyperparameters.seed is None
    stopping = {"engine": "wordvectors", "early_stopping": {"patience": 1}}
    assert resolve_plan({"engine": "blazingtext"}, stopping).early_stopping is None
    assert "seed is not a" in faults_of({"engine": "blazingtext", "hyperparameters": {"seed": 3}}, defaults)


@pytest.mark.parametrize("family", CPU_FAMILIES)
def test_sagemaker_trains_on_every_family_that_the_own_engine_takes(family):
    offered = get_session().get_service_model("sagemaker").shape_for("TrainingInstanceType").enum
    assert [name for name in offered if name.startswith(f"ml.{family}.")]


def test_the_own_engine_needs_room_for_the_words_numbers():
    plan = resolve_plan({**OWN, "resources": {"volume_gb": 25}})
    (fault,) = volume_faults(10 * GIB, plan, None)
    assert "set resources.volume_gb to 4" in fault
    assert volume_faults(10 * GIB, resolve_plan({"resources": {"volume_gb": 25}}), None) == []


def test_a_faulty_hyperparameter_hides_no_fault_of_the_machines():
    faults = faults_of({
        "hyperparameters": {"mode": "cbow", "epochs": 0}, "resources": {"instance_count": 3, "spot": True},
    })  # fmt: skip
    for part in ("epochs is 0", "only batch_skipgram trains on several", "writes no checkpoints"):
        assert part in faults


def test_the_schema_knows_every_hyperparameter():
    schema = plan_schema()

    assert schema["$defs"]["Hyperparameters"]["properties"]["window_size"]["default"] == 5
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(("seconds", "allowed"), [(60, True), (3600, True), (3601, False), (86_400, False)])
def test_on_spot_capacity_training_and_waiting_take_an_hour_at_most(seconds, allowed):
    """Built-in algorithms without checkpoints start from zero, and SageMaker lets them wait for 3600 s."""
    plan = {"resources": {"spot": True, "max_runtime_seconds": seconds}}
    if allowed:
        assert resolve_plan(plan).resources.spot is True
    else:
        with pytest.raises(
            InvalidPlan, match=f"max_runtime_seconds is {seconds}; engine blazingtext writes no checkpoints"
        ):
            resolve_plan(plan)


@pytest.mark.parametrize(
    ("resources", "longest"),
    [
        ({"spot": False, "max_runtime_seconds": 7200}, 7200),
        ({"spot": True, "max_runtime_seconds": 7200}, 7200 + 86_400),
        ({"spot": True, "max_runtime_seconds": MAX_RUNTIME_SECONDS}, MAX_RUNTIME_SECONDS),
    ],
)
def test_with_checkpoints_a_training_on_spot_capacity_takes_its_time_and_waits_for_a_day(resources, longest):
    assert resolve_plan({"engine": "wordvectors", "resources": resources}).longest_seconds == longest


def test_probe_words_are_kept_in_their_order():
    assert resolve_plan({"evaluation": {"probe_words": ["sad", "naïve"]}}).evaluation.probe_words == (
        "sad",
        "naïve",
    )


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("sad", "must be a list of words"),
        ([1], "must be a list of words"),
        (["two words", "ok", "x" * 101], "has 'two words', 'xx"),
        ([""], "each must be one word of at most 100 characters"),
        (["a\x00b"], "each must be one word"),
        (["w"] * 51, "has 51 words; at most 50 are allowed"),
    ],
)
def test_what_is_no_probe_word_is_named(words, fault):
    faults = faults_of({"evaluation": {"probe_words": words}})
    assert faults.startswith("evaluation.probe_words ")
    assert fault in faults


WHITE_SPACE = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2028\u2029\u202f\u205f\u3000"


@given(
    st.text(
        st.one_of(st.characters(), st.sampled_from(WHITE_SPACE), st.sampled_from("aZ9é日 _.:/=+-@")),
        max_size=9,
    )
)
def test_a_tag_holds_letters_numbers_spaces_and_the_signs_that_sagemaker_takes(text):
    allowed = all(sign in " _.:/=+-@" or unicodedata.category(sign)[0] in "LN" for sign in text)
    for tags in ({"team": text}, {f"t{text}": "a"}):
        try:
            assert resolve_plan({"tags": tags}).tags == tags
            assert allowed
        except InvalidPlan:
            assert not allowed


GIVEN = {
    "mode": st.sampled_from(["skipgram", "cbow", "batch_skipgram", "cbows", " cbow", 1, None]),
    "batch_size": st.sampled_from([1, 32, 33, 0, "11", 1.5, True]),
    "buckets": st.sampled_from([1, 0, 2_000_000, "x y", []]),
    "epochs": st.sampled_from([1, 0, 5.0, 5.5, "7", "+7.0", " 1_0 ", "7.5", "abc", ""]),
    "evaluation": st.sampled_from([True, False, "true", " True", "1", "yes", 1]),
    "learning_rate": st.sampled_from(
        [
            0.05,
            0,
            -1,
            1,
            "0.1",
            ".5",
            "1E-2",
            " 1 ",
            "1 e",
            "abc",
            {},
            "1_0.5",
            "1_",
            "1__0",
            "_1",
            "+_1",
            "1._5",
            "1e_0",
        ]
    ),
    "min_char": st.sampled_from([1, 0, 3]),
    "max_char": st.sampled_from([6, 3, 0]),
    "sampling_threshold": st.sampled_from([0.0001, 0, 1, 2]),
    "seed": st.sampled_from([0, -1, "7", None]),
    "subwords": st.sampled_from([True, False, "true", "false", "FALSE", "True ", "1", 0]),
    "vector_dim": st.sampled_from([1, 2048, 2049, 0, "100"]),
    "window_sizes": st.just(5),
}


RESOURCES = {
    "volume_gb": st.sampled_from([2, 1, 30, "30"]),
    "max_runtime_seconds": st.sampled_from([3600, 3601]),
    "spot": st.sampled_from([True, False, "true"]),
    "instance_count": st.sampled_from([1, 0, 2, 21]),
    "instance_type": st.sampled_from(
        [
            "ml.c5.xlarge",
            "ml.c5.18xlarge",
            "c5.xlarge",
            "ml.c5.huge",
            "ml.c5",
            5,
            "ml.p3.2xlarge",
            "ml.c6g.large",
            "ml.c6i.large",
            "ml.m5a.large",
            "ml.trn1.2xlarge",
            "ml.c5.xlarge\n",
        ]
    ),
    "spots": st.just(True),
}
NAMES_OF_SETS = [
    "WS-353", "ws 353", "animals", "products:rating", "x y", "no/path", "", "a" * 65, "a:b:c", "WS-353-REL", "cost", 5,
]  # fmt: skip
EVALUATION = {
    "sets": st.lists(st.sampled_from(NAMES_OF_SETS), max_size=4)
    | st.just(list("abcdefghij"))
    | st.just("animals"),
    "probe_words": st.lists(
        st.sampled_from(
            [
                "sad",
                " sad\u3000",
                "naïve",
                "two words",
                "",
                "x" * 101,
                "a\0b",
                5,
                "sad\n",
                "a\u202eb",
                "a\ud800",
            ]
        )
    )
    | st.just(["sad"] * 51),
}
TAG_TEXTS = [
    "team", "Team", "été 2024", "a/b=c+d@e-f_g.h:i", "", "a" * 128, "a" * 129, "a" * 257, "a;b", "a\nb", "AWS:x", "aws",
    "Wordvectors:x", "a\n",
]  # fmt: skip
TAGS = st.dictionaries(st.sampled_from(TAG_TEXTS), st.sampled_from([*TAG_TEXTS, 5]), max_size=3) | st.just(
    {f"tag{number}": "" for number in range(31)}
)


STOPPING = st.none() | st.fixed_dictionaries({}, optional={
    "patience": st.sampled_from([1, 0, "1"]),
    "set": st.sampled_from(["mean_rho", "SimLex-999", "WS-353", "WS-353-REL", "Google-analogies", "own-text", "animals",
                            "cost", "", "a/b", "simlex 999"]),
})  # fmt: skip


def _only_the_model_tells(fault: str, hyperparameters, more) -> bool:
    """What depends on two numbers, on what a text is read as, on what it means, or on the deployment's defaults."""
    return (
        "min_char is" in fault
        or "names 'x y'" in fault
        or "'Team' more than once" in fault
        or "names WS-353 more than once" in fault
        or "early_stopping.set is 'animals'" in fault
        or ("early_stopping.set is 'SimLex-999'" in fault and more.get("evaluation"))
        or (fault.startswith("early_stopping is given, but engine") and "engine" not in more)
        or ("writes no checkpoints" in fault and "max_runtime_seconds" not in more["resources"])
        or ("writes no checkpoints" in fault and "engine" not in more)
        or ("not known to run on that family" in fault and "engine" not in more)
        or ("but batch_skipgram runs on CPUs only" in fault and "mode" not in hyperparameters)
        or ("but only batch_skipgram trains on several" in fault and "mode" not in hyperparameters)
        or ("subwords" in fault and not {"mode", "subwords"} <= hyperparameters.keys())
        or "seed is not" in fault
    )


@given(
    hyperparameters=st.fixed_dictionaries({}, optional=GIVEN),
    more=st.fixed_dictionaries({}, optional={
        "engine": st.sampled_from(["blazingtext", "wordvectors"]),
        "resources": st.fixed_dictionaries({}, optional=RESOURCES),
        "evaluation": st.fixed_dictionaries({}, optional=EVALUATION),
        "early_stopping": STOPPING,
        "tags": TAGS,
    }),
)  # fmt: skip
@settings(max_examples=1000, deadline=None)
def test_schema_and_model_agree_where_a_schema_can_tell(hyperparameters, more):
    given = {"hyperparameters": hyperparameters, **more}
    by_schema = jsonschema.Draft202012Validator(plan_schema()).is_valid(given)
    try:
        resolve_plan(given)
        faults = []
    except InvalidPlan as invalid:
        faults = list(invalid.faults)

    if not faults:
        assert by_schema
    elif not any(_only_the_model_tells(fault, hyperparameters, more) for fault in faults):
        assert not by_schema, faults


@pytest.mark.parametrize(
    "plan",
    [
        {"hyperparameters": {"epochs": "abc"}},
        {"hyperparameters": {"epochs": "7.5"}},
        {"hyperparameters": {"learning_rate": "1 e"}},
        {"hyperparameters": {"evaluation": "1"}},
        {"hyperparameters": {"mode": " cbow"}},
        {"hyperparameters": {"subwords": "True ", "mode": "batch_skipgram"}},
        {"hyperparameters": {"mode": "cbow"}, "resources": {"instance_count": 2}},
        {"engine": "wordvectors", "resources": {"instance_count": 2}},
        {"resources": {"instance_type": "ml.c5.huge"}},
        {"engine": "blazingtext", "resources": {"spot": True, "max_runtime_seconds": 3601}},
        {"engine": "blazingtext", "resources": {"instance_type": "ml.c6g.large"}},
        {"engine": "wordvectors", "resources": {"instance_type": "ml.p3.2xlarge"}},
        {"engine": "wordvectors", "resources": {"instance_type": "ml.m5a.large"}},
        {"hyperparameters": {"mode": "batch_skipgram"}, "resources": {"instance_type": "ml.p3.2xlarge"}},
        {
            "hyperparameters": {"mode": "cbow"},
            "resources": {"instance_type": "ml.g5.xlarge", "instance_count": 2},
        },
        {"engine": "wordvectors", "early_stopping": {}, "hyperparameters": {"evaluation": "FALSE"}},
        {"engine": "wordvectors", "early_stopping": {"set": "Google-analogies"}},
        {"engine": "wordvectors", "early_stopping": {"set": ""}},
        {"hyperparameters": {"learning_rate": "1__0"}},
        {"resources": {"instance_type": "ml.c5.xlarge\n"}},
        {"tags": {"a\n": "a"}},
        {"evaluation": {"probe_words": ["a\u202eb"]}},
        {"evaluation": {"probe_words": ["sad\n"]}},
        {"tags": {f"tag{number}": "" for number in range(31)}},
        {"tags": {"": "a"}},
        {"tags": {"a" * 129: "a"}},
        {"tags": {"a": "a" * 257}},
        {"tags": {"a;b": "a"}},
        {"tags": {"Wordvectors:x": "a"}},
        {"tags": {"a": "AWS:x"}},
        {"evaluation": {"sets": ["WS-353", "WS-353"]}},
        {"evaluation": {"sets": ["no/path"]}},
        {"evaluation": {"sets": ["WS-353-REL"]}},
        {"evaluation": {"sets": ["time:x"]}},
        {"evaluation": {"sets": ["Mean_rho"]}},
        {"evaluation": {"sets": list("abcdefghij")}},
        {"evaluation": {"probe_words": ["sad"] * 51}},
        {"evaluation": {"probe_words": ["x" * 101]}},
        {"evaluation": {"probe_words": ["two words"]}},
    ],
)
def test_schema_and_model_refuse_each_of_these_by_itself(plan):
    assert not jsonschema.Draft202012Validator(plan_schema()).is_valid(plan)
    with pytest.raises(InvalidPlan):
        resolve_plan(plan)


def test_the_schema_tells_which_hyperparameters_the_engine_has():
    schema = jsonschema.Draft202012Validator(plan_schema())

    for engine, fits in (("wordvectors", True), ("blazingtext", False)):
        assert schema.is_valid({"engine": engine, "hyperparameters": {"seed": 3}}) is fits
        assert schema.is_valid({"engine": engine, "early_stopping": {"patience": 3}}) is fits
    assert not schema.is_valid({"engine": "gensim"})


def test_an_editor_can_complete_hyperparameters_by_the_schema():
    schema = plan_schema()
    known = schema["$defs"]["Hyperparameters"]["properties"]

    assert schema["$defs"]["Mode"]["enum"] == ["batch_skipgram", "skipgram", "cbow"]
    assert known["vector_dim"]["anyOf"][0] == {"type": "integer", "minimum": 1, "maximum": 2048}
    assert known["sampling_threshold"]["anyOf"][0]["exclusiveMaximum"] == 1
    assert known["evaluation"]["anyOf"][0] == {"type": "boolean"}
    assert all({"description", "default"} <= rule.keys() for rule in known.values())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_a_plan_that_is_not_utf8_is_told_as_such(encoding):
    with pytest.raises(InvalidPlan, match="the plan is not UTF-8 text"):
        parse_plan('{"tags": {"team": "é"}}'.encode(encoding))
    assert parse_plan('{"tags": {"team": "é"}}'.encode("utf-8-sig")) == {"tags": {"team": "é"}}


def test_a_key_with_a_typo_names_the_one_that_is_meant():
    with pytest.raises(InvalidPlan) as invalid:
        resolve_plan({
            "hyperparameter": {}, "hyperparameters": {"vector_dims": 5}, "resources": {"volume": 30},
        })  # fmt: skip

    text = "\n".join(invalid.value.faults)
    assert "hyperparameters.vector_dims is not a hyperparameter (did you mean vector_dim?)" in text
    assert "hyperparameter is not a key of a plan (did you mean hyperparameters?)" in text
    assert "resources.volume is not a key of a plan (did you mean volume_gb?)" in text


def test_tags_that_aws_takes_for_the_same_are_refused():
    with pytest.raises(
        InvalidPlan, match="has 'Team' more than once: AWS compares the names of tags without"
    ):
        resolve_plan({"tags": {"team": "a", "Team": "b"}})
    assert job_tags({"Owner": "me", "team": "a"}, {"owner": "us"}) == {"team": "a", "owner": "us"}


def test_a_plan_names_each_set_by_its_one_name():
    stopping = {"engine": "wordvectors", "early_stopping": {"set": "simlex_999"}}
    plan = resolve_plan({**stopping, "evaluation": {"sets": ["ws353", "SIMLEX-999", "own:score"]}})
    assert plan.evaluation.sets == ("WS-353", "SimLex-999", "own:score")
    assert plan.early_stopping is not None
    assert plan.early_stopping.set == "SimLex-999"
    with pytest.raises(InvalidPlan, match="'WS-353-SIM', which is scored with WS-353"):
        resolve_plan({"evaluation": {"sets": ["EN-WS-353-SIM.txt"]}})
    with pytest.raises(InvalidPlan, match="WS-353 more than once"):
        resolve_plan({"evaluation": {"sets": ["WS-353", "wordsim-353"]}})
