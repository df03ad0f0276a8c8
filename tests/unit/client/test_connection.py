"""How a client finds the local cloud of a home folder."""

from __future__ import annotations

import json

import pytest

from wordvectors import __version__
from wordvectors.client.deployment import DeploymentNotFound, account_aws, account_local, connect_aws

WRITTEN = {
    "access_key_id": "a", "secret_access_key": "b", "region": "us-east-1", "endpoint_url": "http://127.0.0.1:1",
}  # fmt: skip


def write(home, **more: str) -> None:
    (home / "local").mkdir()
    (home / "local" / "connection.json").write_text(json.dumps(WRITTEN | more))


def test_the_local_cloud_of_this_version_is_found(tmp_path):
    write(tmp_path, version=__version__)
    assert account_local(tmp_path).endpoint_url == "http://127.0.0.1:1"


@pytest.mark.parametrize("known", [{}, {"version": "0.1.0"}])
def test_a_server_of_another_version_is_not_spoken_to_and_the_fix_is_named(tmp_path, known):
    write(tmp_path, **known)
    with pytest.raises(DeploymentNotFound, match=f"this is {__version__}. `wordvectors local stop`"):
        account_local(tmp_path)


def test_a_missing_region_is_named_with_its_fix(monkeypatch, tmp_path):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert account_aws(profile=None, region=None).region == ""
    with pytest.raises(DeploymentNotFound, match="no region is named: give one with --region"):
        connect_aws(profile=None, region=None, stack="Wordvectors")
