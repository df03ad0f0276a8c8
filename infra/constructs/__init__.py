"""One construct per capability of the pipeline."""
