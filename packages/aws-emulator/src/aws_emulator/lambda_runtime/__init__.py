"""The functions' process: execution environments on AWS's runtime client and the Lambda Runtime API."""
