"""The page of all runs, served on this machine to the person who started it."""
