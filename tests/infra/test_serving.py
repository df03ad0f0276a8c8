"""The function that answers questions about models: there on request, with a signature, and for its files alone."""

from __future__ import annotations

import json

import pytest

from infra.settings import DeploymentSettings, InvalidSettings
from tests.infra.conftest import Template, synthesize

HASH = "a" * 64


@pytest.fixture(scope="module")
def serving(tmp_path_factory) -> Template:
    context = {"wordvectors.serving.enabled": "true", "wordvectors.serving.int8": "true"}
    return synthesize(tmp_path_factory.mktemp("serving"), context).pipeline


def of_kind(template: Template, kind: str) -> list[dict]:
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


def function(template: Template, module: str) -> dict:
    (found,) = [
        one
        for one in of_kind(template, "AWS::Lambda::Function")
        if one["Handler"] == f"lambdas.{module}.handler"
    ]
    return found


def held(template: Template, module: str) -> list[dict]:
    role = function(template, module)["Role"]["Fn::GetAtt"][0]
    policies = [one for one in of_kind(template, "AWS::IAM::Policy") if {"Ref": role} in one["Roles"]]
    return [each for one in policies for each in one["PolicyDocument"]["Statement"]]


def allowed(template: Template, module: str) -> list[tuple[str, str]]:
    found = []
    for statement in held(template, module):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        found += [
            (action, json.dumps(statement["Resource"]))
            for action in actions
            if not action.startswith(("xray:", "logs:"))
        ]
    return found


def test_without_the_setting_there_is_no_url(pipeline):
    assert of_kind(pipeline, "AWS::Lambda::Url") == []
    assert "ServingUrl" not in pipeline["Outputs"]
    assert "SERVING" not in function(pipeline, "record_evaluation")["Environment"]["Variables"]


def test_the_url_asks_for_a_signature_and_nobody_else_may_invoke(serving):
    (url,) = of_kind(serving, "AWS::Lambda::Url")
    assert url["AuthType"] == "AWS_IAM"
    assert "Cors" not in url
    assert "ServingUrl" in serving["Outputs"]
    assert not [one for one in of_kind(serving, "AWS::Lambda::Permission") if one["Principal"] == "*"]


def test_with_tokens_all_may_invoke_the_url_and_the_function_knows_their_hashes(tmp_path):
    context = {
        "wordvectors.serving.enabled": "true",
        "wordvectors.serving.token_sha256": f"{HASH}, {'b' * 64}",
    }
    template = synthesize(tmp_path, context).pipeline
    (url,) = of_kind(template, "AWS::Lambda::Url")
    assert url["AuthType"] == "NONE"
    permissions = of_kind(template, "AWS::Lambda::Permission")
    open_to_all = {each["Action"]: each for each in permissions if each["Principal"] == "*"}
    assert open_to_all["lambda:InvokeFunctionUrl"]["FunctionUrlAuthType"] == "NONE"
    assert open_to_all["lambda:InvokeFunction"]["InvokedViaFunctionUrl"] is True
    told = function(template, "serve_models")["Environment"]["Variables"]["TOKENS"]
    assert json.loads(told) == [HASH, "b" * 64]


def test_what_is_no_hash_may_be_the_token_and_is_not_shown():
    with pytest.raises(
        InvalidSettings, match="token_sha256 holds something other than SHA-256 hashes"
    ) as fault:
        DeploymentSettings.from_context({"wordvectors.serving.token_sha256": "my-secret-token"})
    assert "my-secret-token" not in str(fault.value)


def test_the_function_reads_the_files_that_are_served_what_names_stand_for_and_nothing_else(serving):
    found = allowed(serving, "serve_models")
    assert sorted(action for action, _ in found) == ["dynamodb:Query", "s3:GetObject", "s3:ListBucket"]
    (place,) = [where for action, where in found if action == "s3:GetObject"]
    assert "/models/*/serving/model.safetensors" in place
    (query,) = [each for each in held(serving, "serve_models") if each["Action"] == "dynamodb:Query"]
    assert "/index/newest" in json.dumps(query["Resource"])
    assert query["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["promotion"]}}
    answers = function(serving, "serve_models")
    assert (answers["MemorySize"], answers["Architectures"]) == (3008, ["arm64"])


def test_what_evaluates_a_model_writes_its_file(serving):
    places = {where for action, where in allowed(serving, "record_evaluation") if action == "s3:PutObject"}
    assert any("/models/*/serving/model.safetensors" in where for where in places)
    assert not any('/models/*"' in where for where in places)
    evaluates = function(serving, "record_evaluation")
    assert evaluates["Environment"]["Variables"]["SERVING"] == "int8"
    assert evaluates["EphemeralStorage"] == {"Size": 10240}


def test_a_wrong_setting_is_named():
    with pytest.raises(
        InvalidSettings, match=r"wordvectors\.serving\.memory_mb is 100; it should be greater"
    ):
        DeploymentSettings.from_context({"wordvectors.serving.memory_mb": 100})
    with pytest.raises(
        InvalidSettings, match=r"wordvectors\.serving\.on is not a setting; known are enabled, int8"
    ):
        DeploymentSettings.from_context({"wordvectors.serving.on": True})
