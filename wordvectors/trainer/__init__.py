"""Training behind SageMaker's container contract, with BlazingText's hyperparameters, log lines and artefacts.

On a laptop this package takes the place of BlazingText's image, which can't be pulled or run outside SageMaker. For
plans with engine `wordvectors` SageMaker itself runs it. Start it with `python -m wordvectors.trainer train`.
"""
