"""What checks of HTTP APIs share: an API in front of a function."""

from typing import Any

from sandbox.contract.account import Account

GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
# Tells what it was asked.
TELLS = """
    import json
    def handler(event, context):
        fields = ("version", "routeKey", "rawPath", "rawQueryString", "pathParameters", "queryStringParameters", "body",
                  "headers", "isBase64Encoded")
        told = {k: event.get(k) for k in fields}
        told["method"] = event["requestContext"]["http"]["method"]
        headers = {"content-type": "application/json", "location": "/v1/orders/A-1"}
        return {"statusCode": 202, "headers": headers, "body": json.dumps(told)}
"""


# Gives the event back.
ECHOES = "def handler(event, context):\n    return event\n"


class Api:
    """An HTTP API whose routes lead to a function."""

    def __init__(self, aws: Account, *routes: str, source: str = TELLS, **settings: Any) -> None:
        self.aws, self._api = aws, aws.clients.apigatewayv2
        made = self._api.create_api(Name=aws.name("api"), ProtocolType="HTTP", Tags=aws.world.tags, **settings)
        self.id = str(made["ApiId"])
        aws.undo(self._api.delete_api, ApiId=self.id)
        self._endpoint = str(made["ApiEndpoint"])
        self.function = function = aws.function(source, Timeout=15)
        anywhere = f"arn:aws:execute-api:{aws.region}:{aws.id}:{self.id}/*"
        self.permission = aws.permit(function, "apigateway", SourceArn=anywhere)
        self.integration = integration = self._api.create_integration(
            ApiId=self.id, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        self.routes = [
            self._api.create_route(ApiId=self.id, RouteKey=route, Target=f"integrations/{integration}")["RouteId"]
            for route in routes
        ]
        self._api.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        aws.settle()

    @property
    def address(self) -> str:
        """Where its default stage is reached."""
        return f"{self.aws.endpoint}/_aws/execute-api/{self.id}/$default" if self.aws.endpoint else self._endpoint

    def guard(self) -> None:
        """Ask for a token on the first route from now on; its issuer is one whose tokens nobody has."""
        issuer = f"https://cognito-idp.{self.aws.region}.amazonaws.com/none"
        authorizer = self._api.create_authorizer(
            ApiId=self.id,
            Name="jwt",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": issuer, "Audience": ["shop"]},
        )["AuthorizerId"]
        self._api.update_route(ApiId=self.id, RouteId=self.routes[0], AuthorizationType="JWT", AuthorizerId=authorizer)
        self.aws.settle()

    def __call__(self, method: str, path: str, **request: Any) -> Any:
        """The answer to a request."""
        return self.aws.http(method, self.address + path, **request)
