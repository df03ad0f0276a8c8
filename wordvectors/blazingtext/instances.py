"""Which mode of BlazingText runs on which instances.

Source: SageMaker developer guide, "EC2 instance recommendation for the BlazingText algorithm".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from wordvectors.blazingtext.hyperparameters import Mode

GPU_FAMILIES = frozenset({"p2", "p3", "p3dn", "g4dn", "g5"})
"""GPU families that the developer guide names for BlazingText (P2, P3, G4dn, G5)."""

_SIZES = {"medium": 1, "large": 2, "xlarge": 4}
_GIB_OF_FAMILY = {"c": 2, "r": 8, "p": 8}
INSTANCE_TYPE = r"ml\.([a-z0-9-]+)\.([0-9]*xlarge|large|medium)"
"""Pattern of what looks like one of SageMaker's instance types."""
_GRAVITON_FAMILY = r"[mcr]\d+g[a-z]*"
_CPU_FAMILY = rf"(?!{_GRAVITON_FAMILY}(\.|$))[mcrt]\d[a-z]*(-flex)?"
FAMILIES = (_CPU_FAMILY, *sorted(GPU_FAMILIES))
"""Patterns of the families that BlazingText runs on: Intel's and AMD's processors, and its GPUs."""


def instance_family(instance_type: str) -> str | None:
    """Return an instance type's family; None if it does not look like one of SageMaker's types.

    Examples
    --------
    >>> instance_family("ml.c5.xlarge")
    'c5'
    """
    match = re.fullmatch(INSTANCE_TYPE, instance_type)
    return match[1] if match else None


def types_schema(families: Iterable[str]) -> dict[str, str]:
    """Return the JSON Schema of the instance types of some families, each a pattern."""
    return {"pattern": rf"^ml\.({'|'.join(families)})\."}


def has_gpu(instance_type: str) -> bool:
    """Whether this is a type of one of `GPU_FAMILIES`."""
    return instance_type.split(".")[1] in GPU_FAMILIES


def memory_gib(instance_type: str) -> int:
    """Return about how much memory an instance has, in GiB.

    It doubles from size to size: 4 GiB to a `medium`, 8 to a `large`, in most families; half of that in C, and twice
    as much in R and P (EC2 instance types guide, "Specifications").

    Examples
    --------
    >>> memory_gib("ml.c5.xlarge"), memory_gib("ml.m5.large"), memory_gib("ml.g4dn.2xlarge")
    (8, 8, 32)
    """
    _, family, size = instance_type.split(".")
    times = re.match(r"\d*", size)
    return (
        int((times and times[0]) or 1) * _SIZES[size.lstrip("0123456789")] * _GIB_OF_FAMILY.get(family[0], 4)
    )


def instance_faults(mode: Mode | None, instance_type: str, instance_count: int) -> list[str]:
    """Return why BlazingText could not run this mode on these instances; empty if it can.

    One CPU instance takes every mode; several CPU instances only `batch_skipgram`; one GPU instance
    `skipgram` and `cbow`. A mode that is not known (None) is no fault here.
    """
    family = instance_family(instance_type)
    if family is None:
        return [f"resources.instance_type is {instance_type!r}; it must look like ml.c5.xlarge"]
    gpu = family in GPU_FAMILIES
    if not gpu and not re.fullmatch(_CPU_FAMILY, family):
        return [
            f"resources.instance_type is {instance_type!r}, and BlazingText is not known to run on that family; "
            f"use an Intel or AMD CPU family (ml.c5, ml.m5, ml.c6i …) or one of {', '.join(sorted(GPU_FAMILIES))}"
        ]
    faults = []
    if gpu and mode is Mode.BATCH_SKIPGRAM:
        faults.append(
            f"resources.instance_type is {instance_type!r}, a GPU instance, but batch_skipgram runs on CPUs only; "
            "use a CPU instance, or mode skipgram or cbow"
        )
    if gpu and instance_count > 1:
        faults.append(
            f"resources.instance_count is {instance_count}, but GPU training takes one instance only"
        )
    if not gpu and instance_count > 1 and mode not in (None, Mode.BATCH_SKIPGRAM):
        faults.append(
            f"resources.instance_count is {instance_count}, but only batch_skipgram trains on several instances; "
            f"use one instance, or mode batch_skipgram instead of {mode}"
        )
    return faults
