"""Functions in execution environments of their own, on AWS's runtime client and the Lambda Runtime API."""
