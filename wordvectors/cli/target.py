"""Where a command works: the local cloud, unless the user asks for AWS by name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
            help="The local cloud, or the AWS account: local or aws.",
        ),
        Target.LOCAL,
    ),
    "profile": (str | None, typer.Option("--profile", help="AWS profile (with --target aws)."), None),
    "region": (str | None, typer.Option("--region", help="AWS region (with --target aws)."), None),
    "stack": (
        str,
        typer.Option("--stack", envvar="WORDVECTORS_STACK", help="Prefix of the deployment's stacks."),
        "Wordvectors",
    ),
}


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
        raise CommandError("No pipeline to work with", [str(missing)]) from missing


def _check(target: Target, profile: str | None, region: str | None) -> None:
    if target is Target.LOCAL and (profile or region):
        raise CommandError("--profile and --region belong to --target aws", advice="Add --target aws.")
    require(_EXTRAS[target])


def find_account(target: Target, profile: str | None, region: str | None, stack: str) -> tuple[Account, str]:
    """Return the account that a command's options name, and the prefix of the stacks to look for in it."""
    _check(target, profile, region)
    from wordvectors.client.deployment import DeploymentNotFound, account_aws, account_local
    from wordvectors.client.home import wordvectors_home

    try:
        if target is Target.LOCAL:
            return account_local(wordvectors_home()), stack
        return account_aws(profile=profile, region=region), stack
    except DeploymentNotFound as missing:
        raise CommandError("No account to look at", [str(missing)]) from missing


@dataclass(frozen=True)
class Where:
    """What a command's options say of where it works; nothing is looked for yet."""

    target: Target
    profile: str | None
    region: str | None
    stack: str


class Connect(Where):
    """Connects when it is called: a command that finds what it needs on this machine does not call it."""

    def __call__(self) -> Deployment:
        """Return the deployment; see `connect`."""
        return connect(**vars(self))


class FindAccount(Where):
    """Finds the account when it is called."""

    def __call__(self) -> tuple[Account, str]:
        """Return the account and the prefix of the stacks to look for in it; see `find_account`."""
        return find_account(**vars(self))


def takes_deployment(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say where it works; its parameter `deployment` is a `Connect`."""
    return _takes("deployment", Connect, command)


def takes_account(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the same options; its parameter `account` is a `FindAccount`."""
    return _takes("account", FindAccount, command)


def _takes(parameter: str, kind: type[Where], command: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(command)
    def with_options(*args: Any, **kwargs: Any) -> Any:
        where = kind(**{name: kwargs.pop(name) for name in _OPTIONS})
        try:
            return command(*args, **{parameter: where}, **kwargs)
        except ImportError:
            require(_EXTRAS[where.target])  # which brings all that the place needs
            raise

    signature = inspect.signature(command, eval_str=True)
    own = [found for name, found in signature.parameters.items() if name != parameter]
    added = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[annotation, option], default=default
        )
        for name, (annotation, option, default) in _OPTIONS.items()
    ]
    with_options.__signature__ = signature.replace(parameters=own + added)  # type: ignore[attr-defined]
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in own + added}
    return with_options
