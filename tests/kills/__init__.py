"""The local cloud is killed at every stage of its work, and started again: `python -m tests.kills`.

points    an extension of the server: counts the moments at which a kill could leave something half, and kills at one
others    processes that a server has left behind
trainer   stands in for the trainer
commands  commands of `wordvectors` that are at work meanwhile
world     a local cloud that is killed and started again, and what must hold after each kill
scenes    what is going on when it is killed: a stop, a stack that is removed, an upload, a training, a cleaning
play      kills chosen and played
"""
