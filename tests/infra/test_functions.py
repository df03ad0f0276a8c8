"""The functions' settings, their code and their layer."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_logs as logs

from infra.constructs import dependencies_layer as layer
from infra.constructs.pipeline_function import CODE
from infra.settings import LOG_RETENTION, InvalidSettings
from tests.infra.conftest import Assembly, synthesize
from tests.infra.imports import assert_imports_are_in
from tests.infra.templates import resources, text
from wordvectors.evaluation.sets import ANALOGIES_FILE, PAIR_SETS
from wordvectors.gensim_data import gensim_data
from wordvectors.lifecycle.limits import Limits
from wordvectors.project import root

HANDLERS = ("plan_run", "start_training", "poll_training", "record_evaluation", "render_report", "close_run")
LAYERS = {
    "record_evaluation": ["${DependenciesLayer}", "${EvaluationDependenciesLayer}"],
    "render_report": ["${DependenciesLayer}", "${ReportDependenciesLayer}"],
}
"""Of functions that have more than the one of all."""


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the functions' properties by the name of their module."""
    found = [function["Properties"] for function in resources(template, "AWS::Lambda::Function").values()]
    return {properties["Handler"].split(".")[1]: properties for properties in found}


def test_there_is_one_function_per_step(pipeline: dict[str, Any]) -> None:
    assert set(functions(pipeline)) == set(HANDLERS)
    assert {f["Handler"] for f in functions(pipeline).values()} == {
        f"lambdas.{name}.handler" for name in HANDLERS
    }


@pytest.mark.parametrize("name", HANDLERS)
def test_function_is_small_traced_and_logs_json_into_its_own_group(
    pipeline: dict[str, Any], name: str
) -> None:
    function = functions(pipeline)[name]
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    group = function["LoggingConfig"]["LogGroup"]["Ref"]
    assert pipeline["Resources"][group]["Properties"]["RetentionInDays"] == 90
    assert [text(used) for used in function["Layers"]] == LAYERS.get(name, ["${DependenciesLayer}"])
    assert function["Timeout"] <= 900


@pytest.mark.parametrize(
    ("tags", "length"),
    [(14, 250), (12, 170)],  # the second is some 4,020 bytes, but for the quotes that JSON escapes
)
def test_settings_that_no_function_could_hold_are_refused_at_synthesis(
    tmp_path_factory, tags: int, length: int
) -> None:
    context = {"wordvectors.tags": {f"key-{number:060}": "x" * length for number in range(tags)}}

    with pytest.raises(
        InvalidSettings, match=r"needs [45],\d{3} bytes, and Lambda holds 4,096; .* TRAINING_TAGS"
    ):
        synthesize(tmp_path_factory.mktemp("large"), context)


def test_log_groups_are_not_shared(pipeline: dict[str, Any]) -> None:
    groups = [f["LoggingConfig"]["LogGroup"]["Ref"] for f in functions(pipeline).values()]
    assert len(set(groups)) == 6


@pytest.mark.parametrize("name", HANDLERS)
def test_function_gets_the_variables_it_reads(pipeline: dict[str, Any], name: str) -> None:
    (settings,) = [
        node
        for node in ast.parse((root() / "lambdas" / f"{name}.py").read_text()).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    ]
    fields = [field for field in settings.body if isinstance(field, ast.AnnAssign) and field.value is None]
    read = {field.target.id.upper() for field in fields}  # those with a default are there on request
    assert read
    assert set(functions(pipeline)[name]["Environment"]["Variables"]) == read


def test_variables_say_what_the_settings_say(pipeline: dict[str, Any]) -> None:
    found = {name: f["Environment"]["Variables"] for name, f in functions(pipeline).items()}
    assert {text(v["BUCKET_NAME"]) for v in found.values() if "BUCKET_NAME" in v} == {"${Bucket}"}
    assert {text(v["TABLE_NAME"]) for v in found.values()} == {"${RunTable}"}
    assert {v["JOB_NAME_PREFIX"] for v in found.values() if "JOB_NAME_PREFIX" in v} == {"wv"}
    assert {v["POLL_SECONDS_MIN"] for v in found.values() if "POLL_SECONDS_MIN" in v} == {"15"}
    assert found["poll_training"]["POLL_SECONDS_MAX"] == "300"
    assert text(found["start_training"]["TRAINING_ROLE_ARN"]) == "${TrainingRole.Arn}"
    assert text(found["close_run"]["TOPIC_ARN"]) == "${NotificationsTopic}"
    assert json.loads(found["start_training"]["TRAINING_TAGS"]) == {
        "application": "BlazingText",
        "owner": "wordvectors",
    }
    assert {v["DEPLOYMENT"] for v in found.values() if "DEPLOYMENT" in v} == {"Wordvectors"}
    limits = Limits.model_validate_json(found["plan_run"]["LIMITS"])
    assert limits == Limits() == Limits.model_validate_json(pipeline["Outputs"]["Limits"]["Value"])
    plan = json.loads(found["plan_run"]["DEFAULT_PLAN"])
    assert plan["hyperparameters"]["mode"] == "batch_skipgram"
    assert plan == json.loads(pipeline["Outputs"]["DefaultPlan"]["Value"])


def test_settings_reach_functions_tags_and_logs(tmp_path_factory: pytest.TempPathFactory) -> None:
    assembly = synthesize(
        tmp_path_factory.mktemp("settings"),
        {
            "wordvectors": {
                "owner": "nlp",
                "tags": {"cost-centre": "4711"},
                "default_plan": {"hyperparameters": {"vector_dim": 64}},
                "log_retention_days": 14,
                "notification_email": "team@example.org",
            }
        },
    )
    found = functions(assembly.pipeline)
    tags = {"application": "BlazingText", "owner": "nlp", "cost-centre": "4711"}
    assert json.loads(found["start_training"]["Environment"]["Variables"]["TRAINING_TAGS"]) == tags
    plan = json.loads(found["plan_run"]["Environment"]["Variables"]["DEFAULT_PLAN"])
    assert plan["hyperparameters"]["vector_dim"] == 64
    groups = resources(assembly.pipeline, "AWS::Logs::LogGroup").values()
    assert {group["Properties"]["RetentionInDays"] for group in groups} == {14}
    subscriptions = [
        found["Properties"] for found in resources(assembly.pipeline, "AWS::SNS::Subscription").values()
    ]
    assert {found["Endpoint"] for found in subscriptions} == {"team@example.org"}
    assert {found["Protocol"] for found in subscriptions} == {"email"}
    assert {text(found["TopicArn"]) for found in subscriptions} == {"${AlarmsTopic}", "${NotificationsTopic}"}
    for template in (assembly.storage, assembly.pipeline):
        _assert_tagged(template, tags)


def test_everything_that_can_be_tagged_is(production: Assembly) -> None:
    for template in (production.storage, production.pipeline):
        _assert_tagged(template, {"application": "BlazingText", "owner": "wordvectors"})


NOT_TAGGABLE = {
    "AWS::IAM::Policy",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}


def _assert_tagged(template: dict[str, Any], tags: dict[str, str]) -> None:
    for id, resource in template["Resources"].items():
        if resource["Type"] not in NOT_TAGGABLE:
            found = {tag["Key"]: tag["Value"] for tag in resource["Properties"]["Tags"]}
            assert found == tags, id


def test_as_many_retentions_are_offered_as_cdk_has_names_for() -> None:
    assert len(LOG_RETENTION) == len(logs.RetentionDays) - 1  # one is "for ever"


# Code


@pytest.fixture(scope="module")
def code(production: Assembly) -> Path:
    """The folder that becomes the functions' code."""
    (name,) = {f["Code"]["S3Key"].removesuffix(".zip") for f in functions(production.pipeline).values()}
    return production.folder / f"asset.{name}"


def test_code_is_what_the_list_names(code: Path) -> None:
    shipped = {file.relative_to(code).as_posix() for file in code.rglob("*") if file.is_file()}
    named = {file.relative_to(root()).as_posix() for pattern in CODE for file in root().glob(pattern)}
    assert shipped == named
    assert {f"lambdas/{name}.py" for name in HANDLERS} <= shipped
    assert {Path(file).suffix for file in shipped} == {".py", ".css", ".html", ".js"}


def test_code_holds_what_the_handlers_import(code: Path) -> None:
    handlers = (*HANDLERS, "plan_cleaning", "close_cleaning")  # the cleaning's have the same code
    assert_imports_are_in(code, {f"lambdas.{name}" for name in handlers}, packages=("lambdas", "wordvectors"))


# Layer


def bundled(target: Path, requirements: str, *gensim_files: str) -> Path:
    """Return a layer's packages as uv really puts them together, for Lambda's platform."""
    files = [gensim_data(name) for name in gensim_files]
    assert layer.PackageBundling(layer.LAMBDAS / requirements, gensim_files=files).try_bundle(
        str(target), None
    )
    return target / "python"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer of all functions."""
    return bundled(tmp_path_factory.mktemp("layer"), "requirements.txt")


@pytest.fixture(scope="module")
def report_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report's own layer."""
    return bundled(tmp_path_factory.mktemp("layer"), "requirements-report.txt", "wordsim353.tsv")


@pytest.fixture(scope="module")
def evaluation_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer of what scores models."""
    sets = ANALOGIES_FILE, *PAIR_SETS.values()
    return bundled(tmp_path_factory.mktemp("layer"), "requirements-evaluation.txt", *sets)


def test_what_scores_vectors_needs_no_more_than_numpy(code: Path) -> None:
    """In a process that finds, beside the standard library, nothing but the code and numpy; gensim's data only."""
    script = f"""
import importlib.abc, io, sys
class OnlyWhatIsThere(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        known = top in sys.stdlib_module_names or top.startswith(("_sysconfigdata", "_distutils"))
        if not known and top not in {{"numpy", "gensim", "wordvectors"}}:
            raise ModuleNotFoundError(f"Lambda has no {{name}}", name=name)
sys.meta_path.insert(0, OnlyWhatIsThere())
sys.path.insert(0, {str(code)!r})
from pathlib import Path
from wordvectors.evaluation.scoring import Scoring
from wordvectors.evaluation.sets import BUILT_IN
from wordvectors.vectors.vectors_txt import VectorsTxt
scoring = Scoring(BUILT_IN, {{}})
scoring.read(VectorsTxt(io.BytesIO(b"2 2\\nold 1 2\\nnew 2 1\\n"), "vectors.txt"))
assert scoring.scores()["SimLex-999"]["not_found"] == 998
assert "gensim" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("which", ["packages", "report_packages", "evaluation_packages"])
def test_layer_is_for_python_3_13_on_arm64(which: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(which)
    compiled = [file.name for file in folder.rglob("*.cpython-*.so")]
    assert compiled
    assert all("cpython-313-aarch64" in name for name in compiled)
    assert not list(folder.rglob("*.pyc"))


def test_layers_fit(packages: Path, report_packages: Path, evaluation_packages: Path) -> None:
    """Lambda takes 250 MB of code and layers of a function, unzipped."""
    assert _size(evaluation_packages) < 100e6
    assert _size(packages) < 50e6
    assert _size(packages) + _size(report_packages) < 225e6


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_evaluation_layer_has_the_sets_without_gensim(evaluation_packages: Path) -> None:
    files = [file.name for file in (evaluation_packages / "gensim").rglob("*") if file.is_file()]
    assert set(files) == {*PAIR_SETS.values(), ANALOGIES_FILE, "COPYING"}


def test_report_layer_has_the_word_pairs_without_gensim(report_packages: Path) -> None:
    files = [file for file in (report_packages / "gensim").rglob("*") if file.is_file()]
    assert {file.name for file in files} == {"wordsim353.tsv", "COPYING"}
    script = f"""
import sys
sys.path[:0] = [{str(report_packages)!r}, {str(root())!r}]
from wordvectors.gensim_data import gensim_data
print(gensim_data("wordsim353.tsv"))
"""
    found = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True)
    assert found.stdout.strip() == str(
        report_packages.joinpath("gensim", "test", "test_data", "wordsim353.tsv")
    )


@pytest.mark.parametrize("name", HANDLERS)
def test_handler_imports_with_boto3_and_the_layer_alone(
    pipeline: dict[str, Any], code: Path, packages: Path, name: str, request: pytest.FixtureRequest
) -> None:
    """In a process that finds, beside the standard library, nothing but the code, boto3 and its layers."""
    own = {"record_evaluation": "evaluation_packages", "render_report": "report_packages"}.get(name)
    folders = [packages, request.getfixturevalue(own)] if own else [packages]
    shipped = {
        path.name.split(".")[0]
        for folder in folders
        for path in folder.iterdir()
        if not path.name.endswith("dist-info")
    }
    runtime = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six"}
    script = f"""
import importlib, importlib.abc, sys
class OnlyWhatIsThere(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        known = top in sys.stdlib_module_names or top.startswith("_sysconfigdata")
        if not known and top not in {shipped | runtime | {"lambdas", "wordvectors"}!r}:
            raise ModuleNotFoundError(f"Lambda has no {{name}}", name=name)
sys.meta_path.insert(0, OnlyWhatIsThere())
sys.path.insert(0, {str(code)!r})
module = importlib.import_module("lambdas.{name}")
assert callable(module.handler) and module.__file__.startswith({str(code)!r})
"""
    variables = {
        variable: text(value)
        for variable, value in functions(pipeline)[name]["Environment"]["Variables"].items()
    }
    environment = {"AWS_DEFAULT_REGION": "eu-west-1", "PYTHONDONTWRITEBYTECODE": "1", **variables}
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_layer_hash_follows_what_was_asked_for(tmp_path: Path) -> None:
    requirements, constraints = tmp_path / "requirements.txt", tmp_path / "constraints.txt"
    requirements.write_text("pydantic==2.14.3\n")
    constraints.write_text("typing-extensions==4.16.0\n")
    first = layer.layer_hash(requirements, constraints)
    assert layer.layer_hash(requirements, constraints) == first
    data = tmp_path / "pairs.tsv"
    data.write_text("tiger\tcat\t7.35\n")
    assert layer.layer_hash(requirements, constraints, data) != first
    for other in ("typing-extensions==4.15.0", "typing-extensions==4.16.0 --hash=sha256:0"):
        constraints.write_text(other)
        assert layer.layer_hash(requirements, constraints) != first


def test_a_file_that_the_lock_does_not_know_goes_into_no_layer(tmp_path: Path) -> None:
    requirements, constraints = tmp_path / "requirements.txt", tmp_path / "constraints.txt"
    requirements.write_text("annotated-types==0.8.0\n")
    constraints.write_text(f"annotated-types==0.8.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(layer.BundlingFailed, match="hash"):
        layer.install_packages(requirements, constraints, tmp_path / "target")


def test_layer_that_can_not_be_bundled_ends_the_synthesis_with_a_sentence(
    tmp_path: Path,
) -> None:
    impossible = tmp_path / "requirements.txt"
    impossible.write_text(f"wordvectors-layer @ file://{tmp_path}/nowhere-1.0-py3-none-any.whl\n")
    with pytest.raises(SystemExit, match="uv could not fetch the packages of"):
        layer.PackageBundling(impossible).try_bundle(str(tmp_path / "out"), None)
