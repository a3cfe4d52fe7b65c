"""Every AWS resource type that the sandbox knows."""

from sandbox.providers.aws import (
    apigateway,
    cloudfront,
    delivery,
    dynamodb,
    events,
    functions,
    iam,
    invocation,
    monitoring,
    recorded,
    s3,
    security,
    sqs,
)
from sandbox.providers.handler import Registry

MODULES = (
    apigateway,
    cloudfront,
    delivery,
    dynamodb,
    events,
    functions,
    iam,
    invocation,
    monitoring,
    recorded,
    s3,
    security,
    sqs,
)
REGISTRY = Registry(handler for module in MODULES for handler in module.HANDLERS)
