"""What every contender trains with: BlazingText's defaults."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Settings:
    """Hyperparameters by BlazingText's names; `mode` and `subwords` as others have them: they know no batches."""

    mode: str = "batch_skipgram"
    subwords: bool = False
    vector_dim: int = 100
    window_size: int = 5
    negative_samples: int = 5
    learning_rate: float = 0.05
    sampling_threshold: float = 1e-4
    min_count: int = 5
    epochs: int = 5

    def as_dict(self) -> dict[str, float | str]:
        """Return the settings by name."""
        return asdict(self)

    @property
    def cbow(self) -> bool:
        """Whether a window predicts its middle; in the other modes it is the other way round."""
        return self.mode == "cbow"

    @property
    def title(self) -> str:
        """The mode's name, as options and results have it."""
        return f"{self.mode}{'+subwords' if self.subwords else ''}"


MODES = {
    settings.title: settings
    for settings in (
        Settings(),
        Settings("skipgram"),
        Settings("cbow"),
        Settings("skipgram", subwords=True),
        Settings("cbow", subwords=True),
    )
}
"""All that is measured, by name."""
