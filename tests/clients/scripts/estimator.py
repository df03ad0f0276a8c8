"""The walk-through's cells on version 2 of the SageMaker SDK; arguments: bucket, role. Prints JSON at last."""

import json
import sys

from botocore.exceptions import ClientError
from sagemaker import Session, image_uris
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.tuner import HyperparameterTuner, IntegerParameter

bucket, role = sys.argv[1:]
session = Session(default_bucket=bucket)
image = image_uris.retrieve("blazingtext", session.boto_region_name)
estimator = Estimator(
    image, role, instance_count=1, instance_type="ml.c5.xlarge", volume_size=5, max_run=3600, input_mode="File",
    output_path=f"s3://{session.default_bucket()}/estimator", sagemaker_session=session,
)  # fmt: skip
estimator.set_hyperparameters(mode="batch_skipgram", epochs=5, min_count=1, vector_dim=10, evaluation=True)
text = f"s3://{bucket}/corpora/small.txt"
channels = {"train": TrainingInput(text, distribution="FullyReplicated", content_type="text/plain")}
estimator.fit(channels, logs=True)
frame = estimator.training_job_analytics.dataframe()

tuner = HyperparameterTuner(estimator, "train:mean_rho", {"window_size": IntegerParameter(2, 9)}, max_jobs=2)
try:
    tuner.fit(channels)
    refusal = ""
except ClientError as refused:
    refusal = str(refused)
print(json.dumps({
    "job": estimator.latest_training_job.name, "model": estimator.model_data, "refusal": refusal,
    "metrics": dict(zip(frame["metric_name"], frame["value"], strict=True)),
}))  # fmt: skip
