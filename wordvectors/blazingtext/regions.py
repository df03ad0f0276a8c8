"""The regions that have BlazingText, and whose registries hold there the images that train."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Image:
    """An image that AWS keeps in a registry of each region.

    Attributes
    ----------
    repository, tag : str
        Its name there.
    table : str
        The SageMaker SDK's file about its registries.
    path : tuple of str
        Where in that file they are.
    """

    repository: str
    tag: str
    table: str
    path: tuple[str, ...]


BLAZINGTEXT = Image("blazingtext", "1", "blazingtext.json", ("versions", "1"))
SCIKIT_LEARN = Image(
    "sagemaker-scikit-learn", "1.9-0-cpu-py3", "sklearn.json", ("training", "versions", "1.9-0")
)
"""Python 3.12 with numpy and scipy: the project's own engine runs in it."""

_OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eusc-", "eu-isoe-")
"""Regions beyond the partition `aws`. GovCloud's Lambda refuses a function's LoggingConfig (aws/aws-cdk#28919), and
China's has no X-Ray (China user guide)."""


class UnsupportedRegion(ValueError):
    """The pipeline can't be deployed to a region."""


def registry_accounts(image: Image = BLAZINGTEXT) -> dict[str, str]:
    """Return the account of an image's registry in each region of the partition `aws`, from the SageMaker SDK.

    The table is read as the file it is: `import sagemaker` brings pandas and boto3 along and takes seconds, and
    so does to look for a module inside of it.
    """
    spec = importlib.util.find_spec("sagemaker")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    tables = [
        Path(place, "core", "image_uri_config", image.table) for place in spec.submodule_search_locations
    ]
    found: dict[str, Any] = json.loads(next(path for path in tables if path.is_file()).read_text())
    for key in image.path:
        found = found[key]
    registries = sorted(found["registries"].items())
    return {region: account for region, account in registries if not region.startswith(_OTHER_PARTITIONS)}


def check_region(region: str, registries: Mapping[str, str]) -> None:
    """Check that BlazingText's image is to be had in a region.

    Raises
    ------
    UnsupportedRegion
        Naming the region and the nearest ones that have it.
    """
    if region in registries:
        return
    if region.startswith(_OTHER_PARTITIONS):
        raise UnsupportedRegion(
            f"{region} is not in AWS's commercial partition, and the pipeline is made for that one alone: elsewhere "
            "Lambda lacks what its functions are deployed with"
        )
    area, _, _number = region.rpartition("-")
    continent = area.partition("-")[0]
    neighbours = (f"{area}-", f"{continent}-", f"{_NEXT_CONTINENT.get(continent)}-", "")
    candidates = ([name for name in registries if name.startswith(prefix)] for prefix in neighbours)
    near = next(found for found in candidates if found)
    raise UnsupportedRegion(
        f"SageMaker has no BlazingText image in {region}; it has one in {', '.join(near)}"
    )


_NEXT_CONTINENT = {"mx": "us"}
"""For areas that have no region with BlazingText at all."""
