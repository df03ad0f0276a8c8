"""The user's environment reaches neither the local cloud nor, with its exports, any client of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_cloud import account, processes
from local_cloud.connection import EXTENSION_VARIABLE, Connection
from tests.hostile_environment import hostile_environment, refusing_proxy

BIN = Path(sys.prefix) / "bin"
AWS = Path(sys.prefix) / "awscli" / "bin" / "aws"
CONNECTION = Connection("http://127.0.0.1:4566", "us-east-1", "0", "key", "secret", 1, "/a home", "/log")


def test_a_process_of_the_local_cloud_gets_nothing_that_would_lead_it_astray(monkeypatch, tmp_path):
    hostile = hostile_environment(tmp_path, "http://127.0.0.1:1")
    for name, value in {**hostile, "NUMBA_CACHE_DIR": "/cache", "LANG": "C.UTF-8"}.items():
        monkeypatch.setenv(name, value)
    given = processes.clean_environment(**processes.NO_AWS_SETTINGS, GIVEN="too")
    assert hostile.items().isdisjoint(given.items())
    assert (given["AWS_CONFIG_FILE"], given["no_proxy"]) == (os.devnull, "127.0.0.1")
    assert (given["NUMBA_CACHE_DIR"], given["LANG"], given["GIVEN"]) == ("/cache", "C.UTF-8", "too")


def test_the_exports_outweigh_the_users_variables_and_the_rest_is_unset(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    assert CONNECTION.unwanted() == []
    hostile = hostile_environment(tmp_path, "http://127.0.0.1:1")
    for name, value in {**hostile, "AWS_PAGER": "", "AWS_CLI_AUTO_PROMPT": "on"}.items():
        monkeypatch.setenv(name, value)
    exports, unset = CONNECTION.environment(), CONNECTION.unwanted()
    theirs = {name for name in hostile if name.startswith("AWS_")}
    assert theirs <= set(unset) | set(exports)
    assert set(unset).isdisjoint(exports)
    assert {"AWS_ENDPOINT_URL_S3", "AWS_MAX_ATTEMPTS", "AWS_DEFAULT_PROFILE"} <= set(unset) <= theirs
    assert (exports["AWS_SESSION_TOKEN"], exports["AWS_PROFILE"]) == ("", "default")


@pytest.mark.parametrize(
    ("upper", "lower", "exported"),
    [
        ("", "", "127.0.0.1"),
        ("a.example", "", "a.example,127.0.0.1"),
        ("a", "127.0.0.1,b", "127.0.0.1,b"),
        ("*", "", "*"),
    ],
)
def test_no_proxy_keeps_what_the_user_has_in_it(monkeypatch, upper, lower, exported):
    monkeypatch.setenv("NO_PROXY", upper)
    monkeypatch.setenv("no_proxy", lower)
    given = CONNECTION.environment()
    assert (given["NO_PROXY"], given["no_proxy"]) == (exported, exported)


def test_all_works_in_an_environment_in_which_no_aws_client_would(tmp_path):
    """From the first start to a trained run; then boto3 and the AWS CLI with the exports. No proxy sees anything."""
    corpus = tmp_path / "my.txt"
    corpus.write_text("the cat sat on the mat\nthe dog sat on the log\n" * 200)
    with refusing_proxy() as (proxy, seen):
        kept = {name: os.environ[name] for name in ("LANG", "HOME", EXTENSION_VARIABLE) if name in os.environ}
        environment = {
            **kept,
            **hostile_environment(tmp_path, proxy),
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "WORDVECTORS_HOME": str(tmp_path / "home"),
        }

        def shell(script: str) -> str:
            command = ["bash", "-euo", "pipefail", "-c", script]
            ended = subprocess.run(command, env=environment, capture_output=True, text=True)
            assert ended.returncode == 0, f"{ended.stdout[-2000:]}{ended.stderr[-2000:]}"
            return ended.stdout

        try:
            shell("wordvectors local start")
            shell(f"wordvectors train {corpus} --set min_count=1 --set vector_dim=10")
            (run,) = json.loads(shell("wordvectors runs --json"))
            shell("wordvectors doctor")
            bucket = json.loads(shell("wordvectors local status --json"))["bucket"]
            exported = 'eval "$(wordvectors local status | grep export)"\n'
            listed = shell(f"{exported}{AWS} s3 ls s3://{bucket}/corpora/")
            found = shell(
                f'{exported}python -c \'import boto3; print(boto3.client("s3").list_objects_v2('
                f'Bucket="{bucket}", Prefix="corpora/")["KeyCount"], '
                'boto3.client("dynamodb").list_tables()["TableNames"])\''
            )
        finally:
            account.stop(tmp_path / "home")
    assert run["status"] == "COMPLETED"
    assert listed.split()[-1] == "my.txt"
    assert found.startswith("1 ['Wordvectors-")
    assert seen == []
