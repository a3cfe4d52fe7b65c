"""Rows for APIs."""

from typing import Any

from handler_lab import Lab, Made, Row
from plane_fixture import named

TAGS = {"tags": {"owner": "platform-team", "env": "dev"}}
RETAGGED = {"tags": {"owner": "another-team"}}
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"


def cors(origin: str) -> dict[str, Any]:
    return {"corsConfiguration": {"allowOrigins": [origin], "allowMethods": ["POST"], "maxAge": 600}}


def stage(lab: Lab) -> dict[str, Any]:
    api = lab.api()
    lab.make("aws:apigatewayv2/route:Route", {"apiId": api.id, "routeKey": "POST /v1/orders"})
    return {
        "apiId": api.id,
        "name": "$default",
        "autoDeploy": True,
        "description": "the stage",
        "defaultRouteSettings": {"throttlingRateLimit": 200, "throttlingBurstLimit": 400},
        "routeSettings": [throttled(10)],
        "accessLogSettings": access_log(lab, "$context.requestId"),
        **TAGS,
    }


def throttled(rate: int) -> dict[str, Any]:
    return {"routeKey": "POST /v1/orders", "throttlingRateLimit": rate, "throttlingBurstLimit": 20}


def access_log(lab: Lab, form: str) -> dict[str, Any]:
    group = lab.make("aws:cloudwatch/logGroup:LogGroup", {"name": named("/access")})
    return {"destinationArn": group["arn"], "format": form}


def loosen(lab: Lab, made: Made) -> None:
    lab.clients.apigatewayv2.update_stage(
        ApiId=made.inputs["apiId"], StageName=made.id, DefaultRouteSettings={"ThrottlingRateLimit": 9999}
    )


def route(lab: Lab) -> dict[str, Any]:
    api = lab.api()
    target = f"integrations/{lab.integration(api).id}"
    return {"apiId": api.id, "routeKey": "GET /v1/orders", "target": target, "authorizationType": "NONE"}


def another_target(lab: Lab, inputs: dict[str, Any]) -> dict[str, Any]:
    return {"target": f"integrations/{lab.integration(Made('', inputs['apiId'], {}, {})).id}"}


def integration(lab: Lab) -> dict[str, Any]:
    return {
        "apiId": lab.api().id,
        "integrationType": "AWS_PROXY",
        "integrationMethod": "POST",
        "integrationUri": lab.function()["invokeArn"],
        "payloadFormatVersion": "2.0",
        "timeoutMilliseconds": 7000,
    }


def jwt(issuer: str) -> dict[str, Any]:
    return {"jwtConfiguration": {"issuer": issuer, "audiences": ["shop"]}}


def authorizer(lab: Lab) -> dict[str, Any]:
    return {
        "apiId": lab.api().id,
        "name": "jwt",
        "authorizerType": "JWT",
        "identitySources": ["$request.header.Authorization"],
        **jwt("https://issuer.example"),
    }


def part(verb: str, noun: str, **settings: Any) -> Any:
    """Calls the API about a part of an API: `update_route` and its like."""

    def call(lab: Lab, made: Made) -> None:
        key = "".join(word.capitalize() for word in noun.split("_")) + "Id"
        getattr(lab.clients.apigatewayv2, f"{verb}_{noun}")(**{"ApiId": made.inputs["apiId"], key: made.id, **settings})

    return call


def domain(name: str, policy: str = "TLS_1_2") -> dict[str, Any]:
    about = {"certificateArn": CERTIFICATE, "endpointType": "REGIONAL", "securityPolicy": policy}
    return {"domainName": name, "domainNameConfiguration": about}


def mapping(lab: Lab) -> dict[str, Any]:
    name, api = f"{named('api')}.shop.example", lab.api()
    lab.make("aws:apigatewayv2/domainName:DomainName", domain(name))
    stage = lab.make("aws:apigatewayv2/stage:Stage", {"apiId": api.id, "name": "$default", "autoDeploy": True})
    return {"apiId": api.id, "domainName": name, "stage": stage.id, "apiMappingKey": "v1"}


ROWS = (
    Row(
        "aws:apigatewayv2/api:Api",
        lambda lab: {
            "name": named("api"),
            "protocolType": "HTTP",
            "description": "an API",
            "disableExecuteApiEndpoint": False,
            **cors("https://a.example"),
            **TAGS,
        },
        (
            {"description": "the API"},
            {"disableExecuteApiEndpoint": True},
            cors("https://b.example"),
            {"corsConfiguration": None},
            RETAGGED,
        ),
        lambda lab, made: lab.clients.apigatewayv2.update_api(ApiId=made.id, Description="another"),
        "description",
    ),
    Row(
        "aws:apigatewayv2/stage:Stage",
        stage,
        (
            {"description": "another"},
            {"defaultRouteSettings": {"throttlingRateLimit": 100, "throttlingBurstLimit": 200}},
            {"routeSettings": [throttled(5)]},
            lambda lab, _: {"accessLogSettings": access_log(lab, "$context.requestId $context.status")},
            {"routeSettings": None},
            RETAGGED,
        ),
        loosen,
        "defaultRouteSettings",
    ),
    Row(
        "aws:apigatewayv2/route:Route",
        route,
        (another_target, {"authorizationType": "AWS_IAM"}, {"routeKey": "GET /v1/others"}),
        part("update", "route", RouteKey="GET /elsewhere"),
        "routeKey",
    ),
    Row(
        "aws:apigatewayv2/integration:Integration",
        integration,
        ({"timeoutMilliseconds": 9000}, lambda lab, _: {"integrationUri": lab.function()["invokeArn"]}),
        part("update", "integration", TimeoutInMillis=50),
        "timeoutMilliseconds",
    ),
    Row(
        "aws:apigatewayv2/authorizer:Authorizer",
        authorizer,
        (jwt("https://other.example"), {"name": "tokens"}, {"identitySources": ["$request.header.X-Token"]}),
        part("update", "authorizer", JwtConfiguration={"Issuer": "https://evil.example", "Audience": ["any"]}),
        "jwtConfiguration",
    ),
    Row(
        "aws:apigatewayv2/domainName:DomainName",
        lambda lab: {**domain(f"{named('shop')}.example"), **TAGS},
        (
            {
                "domainNameConfiguration": {
                    **domain("")["domainNameConfiguration"],
                    "certificateArn": CERTIFICATE[:-1] + "1",
                }
            },
            RETAGGED,
        ),
        lambda lab, made: lab.clients.apigatewayv2.delete_domain_name(DomainName=made.id),
    ),
    Row(
        "aws:apigatewayv2/apiMapping:ApiMapping",
        mapping,
        ({"apiMappingKey": "v2"},),
        lambda lab, made: lab.clients.apigatewayv2.update_api_mapping(
            ApiId=made.inputs["apiId"],
            ApiMappingId=made.id,
            DomainName=made.inputs["domainName"],
            ApiMappingKey="v9",
        ),
        "apiMappingKey",
    ),
)
