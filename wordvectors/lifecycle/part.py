"""What the models of the table's rows, and their parts, have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, ValidatorFunctionWrapHandler


def within_bounds(given: object, read: ValidatorFunctionWrapHandler) -> Any:
    """Return what a person asked for, or None: a version with other bounds may have let pass what this one does not.

    What else the row holds is shown without it.
    """
    try:
        return read(given)
    except ValidationError:
        return None


class Part(BaseModel):
    """A row or a part of one. What is not known yet is None, or empty, and not written. Times are ISO 8601 in UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """Read a row; attributes that a later version wrote are passed over."""
        return cls.model_validate(dict(row), extra="ignore", strict=False)

    def to_json(self) -> dict[str, Any]:
        """Return what is known as JSON, as the row holds it and as `--json` prints it."""
        return self.model_dump(mode="json", exclude_unset=True)
