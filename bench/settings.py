"""What every contender trains with: BlazingText's defaults."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Settings:
    """Hyperparameters of skip-gram with negative sampling, by BlazingText's names."""

    vector_dim: int = 100
    window_size: int = 5
    negative_samples: int = 5
    learning_rate: float = 0.05
    sampling_threshold: float = 1e-4
    min_count: int = 5
    epochs: int = 5

    def as_dict(self) -> dict[str, float]:
        """Return the settings by name."""
        return asdict(self)
