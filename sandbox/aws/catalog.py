"""Every AWS resource type that the sandbox knows."""

from sandbox.aws.handlers import (
    apigateway,
    budgets,
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
    s3_settings,
    security,
    sns,
    sqs,
)
from sandbox.handler import HandlerRegistry

MODULES = (
    apigateway,
    budgets,
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
    s3_settings,
    security,
    sns,
    sqs,
)
REGISTRY = HandlerRegistry(handler for module in MODULES for handler in module.HANDLERS)
