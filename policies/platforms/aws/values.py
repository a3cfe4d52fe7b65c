"""What AWS and its provider decide of a resource: ARNs, addresses and ids in the forms that the documentation gives."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from policies.core.provider_values import PlannedResource, ProviderValues, Values, is_text
from policies.platforms.aws.invokes import Scope, answer

ACCOUNT = "111122223333"
"""The one that made-up values are of, as in the examples of AWS's documentation."""
REGION = "us-east-1"
"""Where a program names none."""
# arn:partition:service:region:account:
_OF_ACCOUNT = re.compile(r"arn:[\w-]+:[\w-]*:[\w-]*:(\d{12}):")
_Make: TypeAlias = Callable[[Values, Mapping[str, str]], Any]
_FUNCTION = "aws:lambda/function:Function"
_HERE = "{region}:{account}"
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_ARNS: Mapping[str, str] = {
    token: f"arn:{{partition}}:{rest}"
    for token, rest in {
        "aws:sqs/queue:Queue": f"sqs:{_HERE}:{{name}}",
        "aws:sns/topic:Topic": f"sns:{_HERE}:{{name}}",
        "aws:dynamodb/table:Table": f"dynamodb:{_HERE}:table/{{name}}",
        _FUNCTION: f"lambda:{_HERE}:function:{{name}}",
        "aws:lambda/layerVersion:LayerVersion": f"lambda:{_HERE}:layer:{{name}}:1",
        "aws:iam/role:Role": "iam::{account}:role{path}{name}",
        "aws:iam/user:User": "iam::{account}:user{path}{name}",
        "aws:iam/group:Group": "iam::{account}:group{path}{name}",
        "aws:iam/policy:Policy": "iam::{account}:policy{path}{name}",
        "aws:iam/instanceProfile:InstanceProfile": "iam::{account}:instance-profile{path}{name}",
        "aws:cloudwatch/logGroup:LogGroup": f"logs:{_HERE}:log-group:{{name}}",
        "aws:cloudwatch/metricAlarm:MetricAlarm": f"cloudwatch:{_HERE}:alarm:{{name}}",
        "aws:cloudwatch/compositeAlarm:CompositeAlarm": f"cloudwatch:{_HERE}:alarm:{{name}}",
        "aws:cloudwatch/eventBus:EventBus": f"events:{_HERE}:event-bus/{{name}}",
        "aws:cloudwatch/eventRule:EventRule": f"events:{_HERE}:rule/{{bus}}{{name}}",
        "aws:cloudwatch/eventArchive:EventArchive": f"events:{_HERE}:archive/{{name}}",
        "aws:apigatewayv2/api:Api": "apigateway:{region}::/apis/{short}",
        "aws:apigatewayv2/stage:Stage": "apigateway:{region}::/apis/{short}/stages/{name}",
        "aws:apigateway/restApi:RestApi": "apigateway:{region}::/restapis/{short}",
        "aws:apigateway/stage:Stage": "apigateway:{region}::/restapis/{short}/stages/{name}",
        "aws:s3/bucket:Bucket": "s3:::{name}",
        "aws:s3/bucketV2:BucketV2": "s3:::{name}",
        "aws:kms/key:Key": f"kms:{_HERE}:key/{{uuid}}",
        "aws:kms/alias:Alias": f"kms:{_HERE}:{{name}}",
        "aws:secretsmanager/secret:Secret": f"secretsmanager:{_HERE}:secret:{{name}}-AbCdEf",
        "aws:ssm/parameter:Parameter": f"ssm:{_HERE}:parameter/{{name}}",
        "aws:kinesis/stream:Stream": f"kinesis:{_HERE}:stream/{{name}}",
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": f"firehose:{_HERE}:deliverystream/{{name}}",
        "aws:sfn/stateMachine:StateMachine": f"states:{_HERE}:stateMachine:{{name}}",
        "aws:scheduler/schedule:Schedule": f"scheduler:{_HERE}:schedule/default/{{name}}",
        "aws:cloudfront/distribution:Distribution": "cloudfront::{account}:distribution/E{short}",
        "aws:acm/certificate:Certificate": f"acm:{_HERE}:certificate/{{uuid}}",
        "aws:cognito/userPool:UserPool": f"cognito-idp:{_HERE}:userpool/{{region}}_{{short}}",
        "aws:ec2/vpc:Vpc": f"ec2:{_HERE}:vpc/vpc-{{short}}",
        "aws:ec2/subnet:Subnet": f"ec2:{_HERE}:subnet/subnet-{{short}}",
        "aws:ec2/securityGroup:SecurityGroup": f"ec2:{_HERE}:security-group/sg-{{short}}",
        "aws:lb/loadBalancer:LoadBalancer": f"elasticloadbalancing:{_HERE}:loadbalancer/app/{{name}}/{{short}}",
        "aws:lb/targetGroup:TargetGroup": f"elasticloadbalancing:{_HERE}:targetgroup/{{name}}/{{short}}",
        "aws:ecs/cluster:Cluster": f"ecs:{_HERE}:cluster/{{name}}",
        "aws:ecr/repository:Repository": f"ecr:{_HERE}:repository/{{name}}",
        "aws:rds/instance:Instance": f"rds:{_HERE}:db:{{name}}",
    }.items()
}


def _arn(token: str, inputs: Values, facts: Mapping[str, str]) -> str:
    """A resource's ARN, from its inputs and from what is known of it: name, region, account, digest."""
    form = _ARNS.get(token, "arn:{partition}:{service}:{region}:{account}:{kind}/{name}")
    path = inputs.get("path") if is_text(inputs.get("path")) else "/"
    return form.format_map({**facts, "path": path, "bus": _bus(inputs)})


def _bus(inputs: Values) -> str:
    bus = inputs.get("eventBusName")
    return f"{str(bus).rsplit('/', 1)[-1]}/" if is_text(bus) and bus != "default" else ""


def _form(template: str) -> _Make:
    return lambda _, facts: template.format_map(facts)


def _function_arn(inputs: Values, facts: Mapping[str, str]) -> str:
    named = str(inputs.get("functionName") or facts["name"])
    return named if named.startswith("arn:") else _ARNS[_FUNCTION].format_map({**facts, "name": named})


def _alias_arn(inputs: Values, facts: Mapping[str, str]) -> str:
    return f"{_function_arn(inputs, facts)}:{facts['name']}"


def _invoke(arn: str, facts: Mapping[str, str]) -> str:
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
    path = f"path/2015-03-31/functions/{arn}/invocations"
    return f"arn:{facts['partition']}:apigateway:{facts['region']}:lambda:{path}"


_QUEUE_URL = "https://sqs.{region}.{suffix}/{account}/{name}"
_BUCKET = {
    "bucketDomainName": _form("{name}.s3.{suffix}"),
    "bucketRegionalDomainName": _form("{name}.s3.{region}.{suffix}"),
    "hostedZoneId": _form("Z3AQBSTGFYJSTF"),
}
_BY_ARN = {"id": _form("{arn}")}
_SPECIAL: Mapping[str, Mapping[str, _Make]] = {
    "aws:sqs/queue:Queue": {"id": _form(_QUEUE_URL), "url": _form(_QUEUE_URL)},
    "aws:sns/topic:Topic": _BY_ARN,
    "aws:sfn/stateMachine:StateMachine": _BY_ARN,
    "aws:secretsmanager/secret:Secret": _BY_ARN,
    "aws:iam/policy:Policy": _BY_ARN,
    "aws:acm/certificate:Certificate": _BY_ARN,
    "aws:lb/loadBalancer:LoadBalancer": _BY_ARN,
    "aws:lb/targetGroup:TargetGroup": _BY_ARN,
    "aws:ecs/cluster:Cluster": _BY_ARN,
    "aws:dynamodb/table:Table": {
        "streamArn": _form("{arn}/stream/2026-01-01T00:00:00.000"),
        "streamLabel": _form("2026-01-01T00:00:00.000"),
    },
    _FUNCTION: {
        "invokeArn": lambda _, facts: _invoke(facts["arn"], facts),
        "responseStreamingInvokeArn": lambda _, facts: _invoke(facts["arn"], facts),
        "qualifiedArn": _form("{arn}:1"),
        "qualifiedInvokeArn": lambda _, facts: _invoke(f"{facts['arn']}:1", facts),
        "version": _form("1"),
    },
    "aws:lambda/alias:Alias": {
        "arn": _alias_arn,
        "id": _alias_arn,
        "invokeArn": lambda inputs, facts: _invoke(_alias_arn(inputs, facts), facts),
    },
    "aws:lambda/eventSourceMapping:EventSourceMapping": {
        "id": _form("{uuid}"),
        "uuid": _form("{uuid}"),
        "functionArn": _function_arn,
    },
    "aws:lambda/layerVersion:LayerVersion": {
        "id": _form("{arn}"),
        "layerArn": lambda _, facts: facts["arn"].rsplit(":", 1)[0],
        "version": _form("1"),
    },
    "aws:lambda/functionUrl:FunctionUrl": {
        "functionUrl": _form("https://{short}.lambda-url.{region}.on.aws/"),
        "functionArn": _function_arn,
    },
    "aws:apigatewayv2/api:Api": {
        "id": _form("{short}"),
        "apiEndpoint": _form("https://{short}.execute-api.{region}.{suffix}"),
        "executionArn": _form("arn:{partition}:execute-api:{region}:{account}:{short}"),
    },
    "aws:apigateway/restApi:RestApi": {
        "id": _form("{short}"),
        "executionArn": _form("arn:{partition}:execute-api:{region}:{account}:{short}"),
        "rootResourceId": _form("r{short}"),
    },
    "aws:s3/bucket:Bucket": _BUCKET,
    "aws:s3/bucketV2:BucketV2": _BUCKET,
    "aws:kms/key:Key": {"id": _form("{uuid}"), "keyId": _form("{uuid}")},
    "aws:cloudfront/distribution:Distribution": {
        "id": _form("E{short}"),
        "domainName": _form("d{short}.cloudfront.net"),
        "hostedZoneId": _form("Z2FDTNDATAQYW2"),
    },
    "aws:cognito/userPool:UserPool": {
        "id": _form("{region}_{short}"),
        "endpoint": _form("cognito-idp.{region}.{suffix}/{region}_{short}"),
    },
    "aws:ec2/vpc:Vpc": {"id": _form("vpc-{short}")},
    "aws:ec2/subnet:Subnet": {"id": _form("subnet-{short}")},
    "aws:ec2/securityGroup:SecurityGroup": {"id": _form("sg-{short}")},
    "aws:ecr/repository:Repository": {"repositoryUrl": _form("{account}.dkr.ecr.{region}.{suffix}/{name}")},
}


class AwsValues(ProviderValues):
    """The provider of AWS, as a program configures it: region and default tags."""

    package = "aws"
    planned = frozenset({"region", "tagsAll"})
    names = ("name", "bucket", "clusterIdentifier", "identifier", "clusterName", "domain")
    forms = MappingProxyType(
        {
            ("arn",): "{arn}/{property}",
            ("url", "uri", "endpoint"): "https://{short}.{service}.{region}.{suffix}/{property}",
            ("domainname", "dnsname"): "{short}.{region}.{suffix}",
            ("date", "time", "createdat", "modified"): "2026-01-01T00:00:00Z",
            ("accountid", "ownerid", "registryid", "owner"): "{account}",
            ("status", "state"): "ACTIVE",
        }
    )

    def __init__(self, arguments: Values | None, config: Mapping[str, str]) -> None:
        """Describe a provider; see the base class."""
        super().__init__(arguments, config)
        region: Any = (arguments or {}).get("region") or config.get("region")
        self._scope = Scope(ACCOUNT, region if isinstance(region, str) else REGION)
        self._tags = _default_tags(config.get("defaultTags") if arguments is None else arguments.get("defaultTags"))

    def facts(self, resource: PlannedResource) -> Mapping[str, str]:
        """The facts of the base class, and the ARN with everything that it is made of."""
        region, token = resource.inputs.get("region"), resource.token
        facts = {
            **super().facts(resource),
            "region": str(region) if is_text(region) else self._scope.region,
            "account": ACCOUNT,
            "partition": self._scope.partition,
            "suffix": self._scope.suffix,
            "service": token.partition(":")[2].split("/", 1)[0].split(":", 1)[0],
            "kind": token.rsplit(":", 1)[-1].lower(),
        }
        return {**facts, "arn": _arn(token, resource.inputs, facts)}

    def physical_name(self, resource: PlannedResource, digest: str) -> str:
        """As in the base class; prefixes are completed, and a FIFO queue's name says that it is one."""
        inputs = resource.inputs
        if any(is_text(inputs.get(name)) for name in self.names):
            return super().physical_name(resource, digest)
        prefix = inputs.get("namePrefix") or inputs.get("bucketPrefix")
        ending = ".fifo" if inputs.get("fifoQueue") is True or inputs.get("fifoTopic") is True else ""
        return (f"{prefix}{digest[:7]}" if is_text(prefix) else super().physical_name(resource, digest)) + ending

    def decide(self, resource: PlannedResource, facts: Mapping[str, str]) -> Values:
        """ARN, tags, region, and what a type has besides."""
        found: dict[str, Any] = {
            "arn": facts["arn"],
            "tagsAll": {**self._tags, **_object(resource.inputs.get("tags"))},
        }
        if "region" in resource.texts:
            found["region"] = facts["region"]
        special = _SPECIAL.get(resource.token, {})
        return found | {name: make(resource.inputs, facts) for name, make in special.items()}

    def look_up(self, id_: str) -> Values:
        """As in the base class; many an id is an ARN."""
        return {**super().look_up(id_), **({"arn": id_} if id_.startswith("arn:") else {})}

    def invoke(self, token: str, arguments: Values) -> Values:
        """As in the base class, with what the account, the region or the arguments decide."""
        name = token.rsplit(":", 1)[-1]
        return {"id": f"{name}-{self._scope.region}", **arguments, **answer(name, arguments, self._scope)}

    @classmethod
    def adapt(cls, texts: Iterable[str]) -> Callable[[str], str] | None:
        """Put everything into the account that the ARNs of a program name most often."""
        named = Counter(match[1] for text in texts for match in _OF_ACCOUNT.finditer(text))
        del named[ACCOUNT]
        if not named:
            return None
        account = named.most_common(1)[0][0]
        return lambda text: text.replace(ACCOUNT, account)


VALUES = AwsValues


def _default_tags(given: Any) -> Values:
    """The tags in a provider's `defaultTags`, an object or JSON text."""
    try:
        block: Any = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        return {}
    return _object(_object(block).get("tags"))


def _object(value: Any) -> Values:
    return cast("Values", value) if isinstance(value, Mapping) else {}
