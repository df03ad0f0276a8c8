"""What a training job of the project's own engine brings along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infra.constructs.own_engine import LIBRARY
from tests.infra.conftest import Assembly
from tests.infra.imports import assert_imports_are_in
from tests.infra.templates import resources, text


def variables(pipeline: dict[str, Any]) -> dict[str, Any]:
    (function,) = [
        found["Properties"]
        for id, found in resources(pipeline, "AWS::Lambda::Function").items()
        if id.startswith("StartTraining")
    ]
    return function["Environment"]["Variables"]


def test_the_code_is_all_that_the_trainer_imports_and_nothing_of_the_rest(production: Assembly) -> None:
    uri = variables(production.pipeline)["ENGINE_CODE_URI"]["Fn::Sub"]
    code = production.folder / f"asset.{Path(uri).stem}"

    assert_imports_are_in(code, ["wordvectors.trainer.__main__"], ("wordvectors",))
    shipped = {path.relative_to(code).parent.as_posix() for path in code.rglob("*.py")}
    assert shipped == {Path(pattern).parent.as_posix() for pattern in LIBRARY}


def test_the_archives_are_the_cdk_s_assets_each_under_its_own_name(pipeline: dict[str, Any]) -> None:
    code, packages = (text(variables(pipeline)[f"ENGINE_{name}_URI"]) for name in ("CODE", "PACKAGES"))

    assert code != packages
    for uri in (code, packages):
        assert "s3://cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}/" in uri
        assert ".zip" in uri
