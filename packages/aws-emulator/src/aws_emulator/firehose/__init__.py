"""Firehose to S3: records are collected, partitioned, compressed and written as objects."""
