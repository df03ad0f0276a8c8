"""Input that is meant to harm, or is broken: a clear error that names the place, or the right answer."""
