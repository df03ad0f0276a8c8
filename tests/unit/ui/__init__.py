"""The page of all runs, as it is served."""
