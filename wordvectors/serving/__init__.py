"""Models that are asked over HTTP: one request handler, behind a function's URL and on one machine."""
