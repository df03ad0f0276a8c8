"""The cleaning job on AWS Glue, and its engines."""
