"""SageMaker training jobs on this machine: the service's API, and jobs as processes.

errors       the service's errors
validation   requests against botocore's model of the service, and the rules between fields
algorithms   the metrics that are read from an algorithm's log
jobs         a job's record: its file, its status and transitions, what Describe answers
container    the folder a training container sees, and the process in it
transfer     corpus from S3, model to S3, under the job's role
checkpoints  the folder that is kept in S3 while a job runs
logs         the process's lines into CloudWatch Logs
runner       one job from start to end
service      the API's operations, routed in the emulator
"""
