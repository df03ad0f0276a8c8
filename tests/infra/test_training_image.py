"""One template for every region: the image's address is found when the stack is deployed."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from tests.infra.conftest import Assembly
from tests.infra.templates import resources, text
from wordvectors.blazingtext.regions import (
    BLAZINGTEXT,
    SCIKIT_LEARN,
    Image,
    UnsupportedRegion,
    check_region,
    registry_accounts,
)

SDK = """
from sagemaker.core import image_uris
import sys
for region in sys.argv[1:]:
    print(image_uris.retrieve("blazingtext", region))
    print(image_uris.retrieve("sklearn", region, version="1.9-0", instance_type="ml.c5.xlarge", image_scope="training"))
"""
KEYS = {BLAZINGTEXT: "Account", SCIKIT_LEARN: "ScikitLearnAccount"}
VARIABLES = {BLAZINGTEXT: "TRAINING_IMAGE", SCIKIT_LEARN: "ENGINE_IMAGE"}


def address(template: dict[str, Any], image: Image) -> str:
    """Return an image's address with `${Registries.KEY}` in place of the account."""
    (function,) = [
        found["Properties"]
        for id, found in resources(template, "AWS::Lambda::Function").items()
        if id.startswith("StartTraining")
    ]
    return text(function["Environment"]["Variables"][VARIABLES[image]])


def accounts(template: dict[str, Any], image: Image) -> dict[str, str]:
    (mapping,) = template["Mappings"].values()
    return {region: values[KEYS[image]] for region, values in mapping.items()}


def test_addresses_are_those_of_the_sagemaker_sdk(pipeline: dict[str, Any]) -> None:
    regions = sorted(accounts(pipeline, BLAZINGTEXT))
    done = subprocess.run([sys.executable, "-c", SDK, *regions], capture_output=True, text=True, check=True)
    ours = [
        address(pipeline, image)
        .replace(f"${{Registries.{KEYS[image]}}}", accounts(pipeline, image)[region])
        .replace("${AWS::Region}", region)
        .replace("${AWS::URLSuffix}", "amazonaws.com")
        for region in regions
        for image in KEYS
    ]
    assert ours == done.stdout.split()
    assert len(regions) >= 29


@pytest.mark.parametrize("image", KEYS, ids=lambda image: image.repository)
def test_mapping_is_the_whole_table(pipeline: dict[str, Any], image: Image) -> None:
    assert accounts(pipeline, image) == registry_accounts(image)


def test_deploying_to_another_region_fails_with_a_sentence(pipeline: dict[str, Any]) -> None:
    (rule,) = [rule for id, rule in pipeline["Rules"].items() if "BlazingText" in id]
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Contains": [sorted(registry_accounts()), {"Ref": "AWS::Region"}]}
    assert assertion["AssertDescription"].startswith("wordvectors can't be deployed to this region")


def test_templates_name_no_account_region_or_partition(production: Assembly) -> None:
    for template in (production.storage, production.pipeline):
        body = {part: template[part] for part in ("Resources", "Outputs", "Parameters")}
        found = str(body)
        assert not re.search(r"\b\d{12}\b", found)
        assert "arn:aws" not in found
        assert not [region for region in registry_accounts() if region in found]
        assert "amazonaws.com" not in re.sub(
            r"\b(sagemaker|lambda|events|states|cloudwatch)\.amazonaws\.com\b", "", found
        )


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_region_with_blazingtext(region: str) -> None:
    check_region(region, registry_accounts())


@pytest.mark.parametrize(
    ("region", "near"),
    [
        ("ap-southeast-5", "ap-southeast-1, ap-southeast-2, ap-southeast-3, ap-southeast-4"),
        ("mx-central-1", "us-east-1, us-east-2"),
        ("eu-southwest-1", "eu-central-1, eu-central-2"),
        ("moon-base-1", "af-south-1, ap-east-1"),
    ],
)
def test_region_without_blazingtext(region: str, near: str) -> None:
    with pytest.raises(UnsupportedRegion, match=f"no BlazingText image in {region}; it has one in {near}"):
        check_region(region, registry_accounts())


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "us-iso-east-1"])
def test_regions_of_other_partitions_are_refused(region: str, pipeline: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedRegion, match=f"^{region} is not in AWS's commercial partition"):
        check_region(region, registry_accounts())
    (rule,) = [rule for id, rule in pipeline["Rules"].items() if "BlazingText" in id]
    assert region not in rule["Assertions"][0]["Assert"]["Fn::Contains"][0]


def test_images_have_versions(pipeline: dict[str, Any]) -> None:
    assert address(pipeline, BLAZINGTEXT).endswith("/blazingtext:1")
    assert address(pipeline, SCIKIT_LEARN).endswith("/sagemaker-scikit-learn:1.9-0-cpu-py3")


def test_the_table_is_read_without_importing_the_sdk():
    """Its import takes seconds, which the doctor's first answer would wait for."""
    looked = (
        "import sys; from wordvectors.blazingtext.regions import registry_accounts; registry_accounts(); "
        "sys.exit('sagemaker' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", looked]).returncode == 0
