"""What the serverless AWS architecture exports, and what each output is."""

from collections.abc import Mapping
from types import MappingProxyType

OUTPUTS: Mapping[str, str] = MappingProxyType(
    {
        "apiDomainTarget": "What the custom domain's DNS record points at; empty without a domain.",
        "apiUrl": "Where the HTTP API answers.",
        "architecture": "Which program made the stack.",
        "busName": "The event bus.",
        "deadLetterQueues": "URL of each consumer's dead-letter queue.",
        "functionNames": "Physical name of each function.",
        "lake": "The bucket that events are kept in for analytics, and how long they are collected first.",
        "logGroups": "Log group of each function.",
        "opsFunctionName": "The function behind `scaleshop redrive` and the operators' other actions.",
        "queueUrls": "URL of each consumer's queue.",
        "region": "Where the stack is.",
        "storefrontUrl": "Where browsers go.",
        "tableNames": "Physical name of each table.",
    }
)
