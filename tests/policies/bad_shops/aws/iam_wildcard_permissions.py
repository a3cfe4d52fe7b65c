"""A function that may write anywhere."""

import good
import pulumi_aws as aws

role = good.role("worker-role")
good.function("worker", good.topic(), role_of=role)
wide = {"Effect": "Allow", "Action": ["sqs:SendMessage", "dynamodb:PutItem"], "Resource": "*"}
# finds: aws-sec-03 RolePolicy 'wide': statement 1 of its policy allows 2 actions that write on every resource
aws.iam.RolePolicy("wide", role=role.id, policy=good.document(wide))
