"""Who may call: the account's administrator, and sessions of roles that services assume."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from local_cloud.emulator.seams import replace, require_all

ADMINISTRATOR = "wordvectors"
_clients: dict[tuple[str, ...], Any] = {}
_making_clients = threading.Lock()


@dataclass(frozen=True)
class SessionKeys:
    """Temporary credentials, named as boto3 names them."""

    aws_access_key_id: str
    aws_secret_access_key: str
    aws_session_token: str


class RoleRefusedError(Exception):
    """A role that does not exist, or does not trust the service that wants to assume it."""


def install(account_id: str, access_key_id: str, secret_access_key: str) -> None:
    """Create the administrator and make it the only caller that needs no role.

    ministack takes the keys "test", any 12-digit key and an unsigned request for the account's root user,
    and does not check their signatures. A page in the user's browser could use that to run code through a
    function, so no key is root here: a caller signs with the administrator's key or with a role's session.
    """
    from ministack.core import iam_evaluator
    from ministack.core.responses import request_scope
    from ministack.services import iam, sts

    require_all(iam, "_users", "_user_inline_policies", "_access_keys", "_roles")
    require_all(sts, "_sessions")
    replace(sts, "register_session", one_at_a_time)
    replace(iam_evaluator, "is_root_access_key", lambda original: lambda access_key_id: False)
    with request_scope(account_id, "us-east-1"):
        iam._users[ADMINISTRATOR] = {
            "UserName": ADMINISTRATOR,
            "Arn": f"arn:aws:iam::{account_id}:user/{ADMINISTRATOR}",
            "UserId": "AIDA" + hashlib.sha256(access_key_id.encode()).hexdigest()[:17].upper(),
            "CreateDate": _iso(),
            "Path": "/",
            "PermissionsBoundary": "",
            "AttachedPolicies": [],
            "Tags": [],
        }
        iam._user_inline_policies[ADMINISTRATOR] = {
            "administrator": '{"Version":"2012-10-17","Statement":'
            '[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
        }
        iam._access_keys[access_key_id] = {
            "UserName": ADMINISTRATOR,
            "AccessKeyId": access_key_id,
            "SecretAccessKey": secret_access_key,
            "Status": "Active",
            "CreateDate": _iso(),
        }


def one_at_a_time(original: Any) -> Any:
    """Let sessions be registered from many threads: ministack looks through all of them for expired ones."""
    lock = threading.Lock()

    def register_session(access_key: str, session: dict[str, Any]) -> None:
        with lock:
            original(access_key, session)

    return register_session


def is_known(access_key_id: str) -> bool:
    """Whether somebody was given this key: a user, or a session. Its signature is another question."""
    from ministack.services import iam, sts

    return access_key_id in sts._sessions or any(
        known == access_key_id for _, known in iam._access_keys.to_dict()
    )


def check_trust(role_arn: str, service: str) -> None:
    """Raise RoleRefusedError unless the role exists and its trust policy names `service`."""
    from ministack.services import iam

    account_id, role_name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    role = iam._roles.get_scoped(account_id, None, role_name)
    if role is None:
        raise RoleRefusedError(f"The role {role_arn} does not exist.")
    if not _trusts(role.get("AssumeRolePolicyDocument"), service):
        raise RoleRefusedError(f"The role {role_arn} does not allow {service} to assume it.")


def assume_for_service(role_arn: str, session_name: str, service: str) -> SessionKeys:
    """A session of `role_arn` for an AWS service, valid until the server ends, whatever the clock says.

    A service principal cannot call the emulator's AssumeRole itself, so the session is registered with
    its STS directly, after the role's trust policy has been checked.

    Raises
    ------
    RoleRefusedError
        When the role does not exist or does not trust `service`.
    """
    from ministack.services import sts

    check_trust(role_arn, service)
    account_id, role_name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    keys = SessionKeys("ASIA" + secrets.token_hex(8).upper(), secrets.token_hex(20), secrets.token_hex(64))
    sts.register_session(
        keys.aws_access_key_id,
        {
            "Arn": f"arn:aws:sts::{account_id}:assumed-role/{role_name}/{session_name[:64]}",
            "UserId": f"{role_name}:{session_name[:64]}",
            "SecretAccessKey": keys.aws_secret_access_key,
            "SessionToken": keys.aws_session_token,
        },
    )
    return keys


def client_as(
    role_arn: str,
    session_name: str,
    principal: str,
    service: str,
    region: str,
    endpoint_url: str,
    **settings: Any,
) -> Any:
    """Return a boto3 client of an AWS service's session of a role, for any thread.

    It is the same as long as the server runs, since to make one takes long. Whether the role trusts the AWS service,
    `principal`, is looked at each time.

    Raises
    ------
    RoleRefusedError
        When the role does not exist or does not trust `principal`.
    """
    check_trust(role_arn, principal)
    name = (role_arn, session_name, principal, service, region, endpoint_url)
    with _making_clients:  # a boto3 session may be used by one thread at a time only; its clients by many
        if name not in _clients:
            keys = assume_for_service(role_arn, session_name, principal)
            _clients[name] = _boto_session().client(
                service, region_name=region, endpoint_url=endpoint_url, **asdict(keys), **settings
            )
        return _clients[name]


@cache
def _boto_session() -> Any:
    import boto3

    return boto3.session.Session()


def _trusts(document: Any, service: str) -> bool:
    if isinstance(document, str):
        document = json.loads(document)
    statements = (document or {}).get("Statement", [])
    for statement in [statements] if isinstance(statements, dict) else statements:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else [principal]
        named = service in ([services] if isinstance(services, str) else services) or services == ["*"]
        if statement.get("Effect") == "Allow" and named:
            return True
    return False


def _iso() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
