"""The local BlazingText: a stand-in for its container, behind SageMaker's container contract.

AWS's image can't be pulled or run outside SageMaker, so this package takes its place on a laptop: the same
folders, hyperparameters, log lines and artefacts. Start it with `python -m wordvectors.trainer train`.
"""
