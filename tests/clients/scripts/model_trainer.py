"""A training with version 3 of the SageMaker SDK, its log followed; arguments: bucket. Prints JSON at last."""

import json
import sys

from sagemaker.core import image_uris
from sagemaker.core.helper import IamRoleResolver
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.utils.utils import configure_logging
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, StoppingCondition

(bucket,) = sys.argv[1:]
configure_logging("INFO")
session = Session(default_bucket=bucket)
trainer = ModelTrainer(
    training_image=image_uris.retrieve("blazingtext", session.boto_region_name),
    role=IamRoleResolver(session).create_execution_role(role_type="training", s3_resource=bucket),
    sagemaker_session=session,
    base_job_name="trainer",
    compute=Compute(instance_type="ml.c5.xlarge", instance_count=1, volume_size_in_gb=5),
    stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/trainer"),
    training_input_mode="File",
    hyperparameters={"mode": "batch_skipgram", "min_count": 1, "vector_dim": 10, "evaluation": True},
)
text = f"s3://{bucket}/corpora/small.txt"
channel = InputData(channel_name="train", data_source=text, content_type="text/plain")
trainer.train([channel], wait=True, logs=True)
job = trainer._latest_training_job
print(json.dumps({
    "job": job.training_job_name, "status": job.training_job_status,
    "model": job.model_artifacts.s3_model_artifacts,
    "metrics": {metric.metric_name: metric.value for metric in job.final_metric_data_list},
}))  # fmt: skip
