"""The contract of AWS's services: every request to the local cloud and every answer, held against botocore's models."""
