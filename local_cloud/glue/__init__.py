"""Runs of Glue jobs on this machine. Jobs themselves, and all else that Glue's API has, are the emulator's.

runner       one run from start to end: the job's own script as a process, as the job's role
service      StartJobRun and BatchStopJobRun in place of the emulator's, which runs Spark in Docker or not at all
"""
