"""Pages of HTML, each a file of its own that opens from disk, asks no one for anything and runs no script but its own.

`kit` writes a page from a template and its typed contents; `report` is a run's page, `runs` and `compare` are those of
several runs.
"""
