"""What a function is told by its environment, read once, at cold start, into a typed value."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Self


class MissingSetting(Exception):
    """A function was deployed without a variable that it needs."""


@dataclass(frozen=True)
class Environment:
    """Base of the functions' settings: each field is the environment variable of the same name in capitals."""

    @classmethod
    def read(cls) -> Self:
        """Read the settings of this function.

        Raises
        ------
        MissingSetting
            Naming every variable that is absent.
        """
        names = {field.name: field.name.upper() for field in fields(cls)}
        missing = [variable for variable in names.values() if variable not in os.environ]
        if missing:
            raise MissingSetting(f"the function's environment lacks {', '.join(missing)}")
        return cls(**{name: os.environ[variable] for name, variable in names.items()})
