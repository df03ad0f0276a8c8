"""wordvectors: turn a team's own text into word vectors, on AWS or on a laptop."""

__version__ = "0.1.0"
