"""What a function is told by its environment, read once, at cold start, into a typed value."""

from __future__ import annotations

import os
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError


class InvalidEnvironment(Exception):
    """A function was deployed without a variable that it needs, or with one that it can't read."""


class Environment(BaseModel):
    """Base of the functions' settings: each field is the environment variable of the same name in capitals.

    A field of type `Json[T]` is read from JSON text. pydantic-settings would do the same with one more
    package in the layer.
    """

    model_config = ConfigDict(frozen=True)

    @classmethod
    def read(cls) -> Self:
        """Read the settings of this function.

        Raises
        ------
        InvalidEnvironment
            Naming every variable that is absent or can't be read.
        """
        variables = {name: name.upper() for name in cls.model_fields}
        given = {name: os.environ[variable] for name, variable in variables.items() if variable in os.environ}
        try:
            return cls.model_validate(given)
        except ValidationError as invalid:
            faults = [
                f"{'.'.join((variables[str(error['loc'][0])], *map(str, error['loc'][1:])))}: {error['msg']}"
                for error in invalid.errors()
            ]
            raise InvalidEnvironment(
                f"the function's environment is not valid: {'; '.join(faults)}"
            ) from None
