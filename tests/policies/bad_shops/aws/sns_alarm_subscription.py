"""Alarms that speak to an empty room."""

import good
import pulumi_aws as aws

# finds: aws-obs-04 Topic 'silent': 2 alarms, MetricAlarm
silent = aws.sns.Topic("silent", tags=good.TAGS)
good.function("worker", silent)
