"""ministack, with what the workflow needs put right.

Every symbol of ministack or moto is replaced through `seams.replace`, so that an upgrade that moves one is
refused with a sentence, and does not fail somewhere in a run. The modules, one per subject:

credentials   the account's administrator, sessions of roles for services
requests      the one place every HTTP request passes
permissions   what IAM's evaluator is asked
archives      which archived objects have been restored
encryption    who may read objects under a KMS key
refusals      what AWS refuses of roles, functions and topics
lambdas       the names of errors that Lambda functions end with, and the packages they import
function_urls where functions' URLs lead
updates       what an update of a stack changes: its outputs alone, too, and nothing that other stacks import
buckets       the tags of a stack's bucket, and its end
versions      ranges of an object's version, and the version that an event is about
custom_resources
              the end of what a function does for a stack, as the CDK's that empties a bucket
metrics       what functions measure, and the alarms on it
workflow      Step Functions executions, run by moto's interpreter
glue_task     the state that waits for a Glue job
records       the end of an execution's record: status, terminal event, status-change event
history       the interpreter's events, into those records
persistence   saving the account's state before it is acknowledged, and what a restart does to executions
durable       no answer before what it acknowledges is on disk
log_events    the search for events in logs
members       members of answers, as AWS has them
outbox        events that have not reached all of their targets
answers       a service's error answers, in its own shape
"""
