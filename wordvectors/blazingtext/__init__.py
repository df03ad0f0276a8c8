"""The published rules of SageMaker's BlazingText, and the files and log lines it writes."""
