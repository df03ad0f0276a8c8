"""Every step of the pipeline × every fault, and crowds: `python -m bench.faults`.

trainer     stands in for the trainer, and is done at once
stage       a local cloud with the pipeline, and what is seen on it
rows        the calls that the pipeline makes, and what is to hold when each goes wrong
cells       one run with one fault: played, and judged
crowd       many uploads at once
"""
