"""Every step of the pipeline × every fault, and crowds: `python -m tests.faults`, or `make faults`.

emulator    what the local cloud's server loads: requests that go wrong by rule, and a record of all
book        the rules, and what was recorded
cloud       starts such a local cloud
trainer     stands in for the trainer, and is done at once
stage       a local cloud with the pipeline, and what is seen on it
rows        what a call, a fault and a promise are
runs        the calls of a run, and what is promised when each goes wrong
cleanings   the same for a cleaning
cells       one run with one fault: played, and judged
crowd       many uploads at once

The tests here play a representative part of it, and see that the matrix knows every call in the functions' code.
"""
