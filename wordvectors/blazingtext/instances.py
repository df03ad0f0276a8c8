"""Which mode of BlazingText runs on which instances.

Source: SageMaker developer guide, "EC2 instance recommendation for the BlazingText algorithm".
"""

from __future__ import annotations

import re

from wordvectors.blazingtext.hyperparameters import Mode

GPU_FAMILIES = frozenset({"p2", "p3", "p3dn", "g4dn", "g5"})
"""GPU families that the developer guide names for BlazingText (P2, P3, G4dn, G5)."""

_INSTANCE_TYPE = re.compile(r"ml\.(?P<family>[a-z0-9-]+)\.(?:\d*xlarge|large|medium)")
_CPU_FAMILY = re.compile(r"[mcrt]\d[a-z]*(-flex)?")
_GRAVITON_FAMILY = re.compile(r"[mcr]\d+g[a-z]*")


def instance_faults(mode: Mode | None, instance_type: str, instance_count: int) -> list[str]:
    """Return why BlazingText could not run this mode on these instances; empty if it can.

    One CPU instance takes every mode; several CPU instances only `batch_skipgram`; one GPU instance
    `skipgram` and `cbow`. A mode that is not known (None) is no fault here.
    """
    match = _INSTANCE_TYPE.fullmatch(instance_type)
    if match is None:
        return [f"resources.instance_type is {instance_type!r}; it must look like ml.c5.xlarge"]
    family = match["family"]
    gpu = family in GPU_FAMILIES
    if not gpu and (not _CPU_FAMILY.fullmatch(family) or _GRAVITON_FAMILY.fullmatch(family)):
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
