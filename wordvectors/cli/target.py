"""Where a command works: the local cloud, unless the user asks for AWS by name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wordvectors import STACK
from wordvectors.cli.output import CommandError, member_of
from wordvectors.extras import require

if TYPE_CHECKING:
    from wordvectors.client.deployment import Account, Deployment


class Target(StrEnum):
    """The two places a pipeline can be."""

    LOCAL = "local"
    AWS = "aws"


_EXTRAS = {Target.LOCAL: "local", Target.AWS: "aws"}
_OPTIONS = {
    "target": (
        Target,
        typer.Option(
            "--target",
            envvar="WORDVECTORS_TARGET",
            parser=member_of(Target),
            metavar="TARGET",
            help="local, the local cloud; or aws, your AWS account.",
        ),
        Target.LOCAL,
    ),
    "profile": (str | None, typer.Option("--profile", help="AWS profile (with --target aws)."), None),
    "region": (str | None, typer.Option("--region", help="AWS region (with --target aws)."), None),
    "stack": (
        str,
        typer.Option("--stack", envvar="WORDVECTORS_STACK", help="Prefix of the deployment's stacks."),
        STACK,
    ),
}


@dataclass(frozen=True)
class Connect:
    """What a command's options say of where it works; nothing is looked for until it is called."""

    target: Target
    profile: str | None
    region: str | None
    stack: str

    def __call__(self) -> Deployment:
        """Return the deployment.

        Raises
        ------
        CommandError
            When there is none, or no way to ask.
        """
        return connect(**vars(self))

    def account(self) -> Account:
        """Return the account that the deployment is looked for in."""
        return find_account(target=self.target, profile=self.profile, region=self.region)


def connect(target: Target, profile: str | None, region: str | None, stack: str) -> Deployment:
    """Return the deployment that a command's options name."""
    _check(target, profile, region)
    from wordvectors.client.deployment import DeploymentNotFound, connect_aws, connect_local
    from wordvectors.client.home import wordvectors_home

    try:
        if target is Target.LOCAL:
            return connect_local(wordvectors_home(), stack=stack)
        return connect_aws(profile=profile, region=region, stack=stack)
    except DeploymentNotFound as missing:
        raise CommandError("There is no pipeline to work with", [str(missing)]) from missing


def find_account(target: Target, profile: str | None, region: str | None) -> Account:
    """Return the account that a command's options name."""
    _check(target, profile, region)
    from wordvectors.client.deployment import DeploymentNotFound, account_aws, account_local
    from wordvectors.client.home import wordvectors_home

    try:
        if target is Target.LOCAL:
            return account_local(wordvectors_home())
        return account_aws(profile=profile, region=region)
    except DeploymentNotFound as missing:
        raise CommandError("There is no account to look at", [str(missing)]) from missing


def _check(target: Target, profile: str | None, region: str | None) -> None:
    if target is Target.LOCAL and (profile or region):
        raise CommandError("--profile and --region belong to --target aws", advice="Add --target aws.")
    require(_EXTRAS[target])


def takes_deployment(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say where it works; its parameter `deployment` is a `Connect`."""

    @functools.wraps(command)
    def with_options(*args: Any, **kwargs: Any) -> Any:
        where = Connect(**{name: kwargs.pop(name) for name in _OPTIONS})
        try:
            return command(*args, deployment=where, **kwargs)
        except ImportError:
            require(_EXTRAS[where.target])  # which brings all that the place needs
            raise

    signature = inspect.signature(command, eval_str=True)
    own = [found for name, found in signature.parameters.items() if name != "deployment"]
    added = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[annotation, option], default=default
        )
        for name, (annotation, option, default) in _OPTIONS.items()
    ]
    with_options.__signature__ = signature.replace(parameters=own + added)  # type: ignore[attr-defined]
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in own + added}
    return with_options
