"""An AWS account on this machine: emulator, SageMaker training, and the deployer of the stacks.

`local_cloud.account` starts, stops and describes it; `local_cloud.server` is the process behind it.
Arrows: this package may import `wordvectors`; the library never imports this package.
"""
