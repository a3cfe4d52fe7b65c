"""API Gateway HTTP APIs."""

from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import (
    camel_case,
    keep_given,
    own_tags,
    pascal_case,
    pick,
    retag,
    tag_map,
)
from sandbox.handler import Handler, observe_inputs


class _ApiPart(Handler):
    """A part of an API with create, get, update and delete calls of one shape."""

    noun = ""
    settings: dict[str, str] = {}
    nested: dict[str, str] = {}
    clearable: tuple[str, ...] = ("description",)
    """Settings that are taken away by an empty text."""

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = self._call(clients, "create")(**self._parent(inputs), **self._request(inputs))
        return self._id(made), self._outputs(clients, made, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = self._call(clients, "get")(**self._target(id_, inputs))
        outputs = self._outputs(clients, found, inputs)
        return outputs, observe_inputs(
            self, inputs, {**self._observe(inputs, found), **_tags(clients, outputs, inputs)}
        )

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        cleared = {self.settings[key]: "" for key in self.clearable if key in olds and key not in news}
        request = {**cleared, **self._request(news), **self._target(id_, news)}
        request.pop("Tags", None)
        request.pop("ProtocolType", None)
        made = self._call(clients, "update")(**request)
        return _retag(clients, self._outputs(clients, made, news), olds, news)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        self._call(clients, "delete")(**self._target(id_, inputs))

    def _call(self, clients: Any, verb: str) -> Any:
        return getattr(clients.apigatewayv2, f"{verb}_{self.noun}")

    def _id(self, made: dict[str, Any]) -> str:
        return made["".join(word.capitalize() for word in self.noun.split("_")) + "Id"]

    def _parent(self, inputs: Properties) -> dict[str, Any]:
        return {"ApiId": inputs["apiId"]}

    def _target(self, id_: str, inputs: Properties) -> dict[str, Any]:
        return {**self._parent(inputs), "".join(word.capitalize() for word in self.noun.split("_")) + "Id": id_}

    def _request(self, inputs: Properties) -> dict[str, Any]:
        nested = {api: pascal_case(inputs[mine]) for mine, api in self.nested.items() if inputs.get(mine)}
        return {**pick(inputs, self.settings), **nested}

    def _observe(self, inputs: Properties, found: dict[str, Any]) -> Properties:
        plain = {mine: found.get(api) if found.get(api) != "" else None for mine, api in self.settings.items()}
        nested = {
            mine: keep_given(inputs.get(mine), camel_case(found.get(api)) or None) for mine, api in self.nested.items()
        }
        return {**plain, **nested}

    def _outputs(self, clients: Any, made: dict[str, Any], inputs: Properties) -> Properties:
        del clients, made, inputs
        return {}


class ApiHandler(_ApiPart):
    """An HTTP API."""

    token = "aws:apigatewayv2/api:Api"
    noun = "api"
    name_property = "name"
    name_limit = 128
    replaces = frozenset({"protocolType"})
    note = "Served under a path of the data plane, which a disabled default endpoint closes."
    settings = {
        "name": "Name",
        "protocolType": "ProtocolType",
        "description": "Description",
        "disableExecuteApiEndpoint": "DisableExecuteApiEndpoint",
    }
    nested = {"corsConfiguration": "CorsConfiguration"}

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        if "corsConfiguration" in olds and "corsConfiguration" not in news:
            clients.apigatewayv2.delete_cors_configuration(ApiId=id_)
        return super().update(clients, id_, olds, news)

    def _parent(self, inputs: Properties) -> dict[str, Any]:
        del inputs
        return {}

    def _request(self, inputs: Properties) -> dict[str, Any]:
        return {**super()._request(inputs), "Tags": tag_map(inputs)}

    def _outputs(self, clients: Any, made: dict[str, Any], inputs: Properties) -> Properties:
        del inputs
        identity = made["ApiId"]
        return {
            "apiEndpoint": f"{clients.endpoint}/_aws/execute-api/{identity}/$default",
            "arn": f"arn:aws:apigateway:{clients.region}::/apis/{identity}",
            "executionArn": f"arn:aws:execute-api:{clients.region}:{clients.account}:{identity}",
        }


class StageHandler(_ApiPart):
    """A stage of an API."""

    token = "aws:apigatewayv2/stage:Stage"
    noun = "stage"
    name_property = "name"
    name_limit = 128
    replaces = frozenset({"name", "apiId"})
    note = "Acts; limits are exact and for each route, where AWS takes them for targets."
    settings = {
        "name": "StageName",
        "autoDeploy": "AutoDeploy",
        "description": "Description",
        "stageVariables": "StageVariables",
    }
    nested = {"accessLogSettings": "AccessLogSettings", "defaultRouteSettings": "DefaultRouteSettings"}

    def _id(self, made: dict[str, Any]) -> str:
        return made["StageName"]

    def _target(self, id_: str, inputs: Properties) -> dict[str, Any]:
        return {"ApiId": inputs["apiId"], "StageName": id_}

    def _observe(self, inputs: Properties, found: dict[str, Any]) -> Properties:
        now = {
            key: {"routeKey": key, **camel_case(settings)}
            for key, settings in (found.get("RouteSettings") or {}).items()
        }
        given = {r["routeKey"]: r for r in inputs.get("routeSettings") or []}
        names = [key for key in given if key in now] + sorted(now.keys() - given.keys())
        routes = [keep_given(given.get(key, {}), now[key]) if key in given else now[key] for key in names]
        return {**super()._observe(inputs, found), "routeSettings": routes or None}

    def _request(self, inputs: Properties) -> dict[str, Any]:
        routes = {
            r["routeKey"]: pascal_case({k: v for k, v in r.items() if k != "routeKey"})
            for r in inputs.get("routeSettings") or []
        }
        # Sent even when empty: DeleteRouteSettings makes the plane delete the whole stage.
        return {**super()._request(inputs), "RouteSettings": routes, "Tags": tag_map(inputs)}

    def _outputs(self, clients: Any, made: dict[str, Any], inputs: Properties) -> Properties:
        del made
        identity, name = inputs["apiId"], inputs["name"]
        return {
            "invokeUrl": f"{clients.endpoint}/_aws/execute-api/{identity}/{name}",
            "arn": f"arn:aws:apigateway:{clients.region}::/apis/{identity}/stages/{name}",
            "executionArn": f"arn:aws:execute-api:{clients.region}:{clients.account}:{identity}/{name}",
        }


class RouteHandler(_ApiPart):
    """A route of an API."""

    token = "aws:apigatewayv2/route:Route"
    noun = "route"
    replaces = frozenset({"apiId"})
    settings = {
        "routeKey": "RouteKey",
        "target": "Target",
        "authorizationType": "AuthorizationType",
        "authorizerId": "AuthorizerId",
        "authorizationScopes": "AuthorizationScopes",
        "operationName": "OperationName",
    }


class IntegrationHandler(_ApiPart):
    """What a route calls."""

    token = "aws:apigatewayv2/integration:Integration"
    noun = "integration"
    replaces = frozenset({"apiId"})
    note = "Acts; functions get payload format 2.0, whatever is set."
    settings = {
        "integrationType": "IntegrationType",
        "integrationUri": "IntegrationUri",
        "integrationMethod": "IntegrationMethod",
        "payloadFormatVersion": "PayloadFormatVersion",
        "timeoutMilliseconds": "TimeoutInMillis",
        "connectionType": "ConnectionType",
        "description": "Description",
    }


class AuthorizerHandler(_ApiPart):
    """Who may call."""

    token = "aws:apigatewayv2/authorizer:Authorizer"
    noun = "authorizer"
    name_property = "name"
    name_limit = 128
    replaces = frozenset({"apiId"})
    settings = {
        "name": "Name",
        "authorizerType": "AuthorizerType",
        "identitySources": "IdentitySource",
        "authorizerUri": "AuthorizerUri",
    }

    def _observe(self, inputs: Properties, found: dict[str, Any]) -> Properties:
        jwt = found.get("JwtConfiguration") or {}
        now = {"issuer": jwt.get("Issuer"), "audiences": jwt.get("Audience")}
        return {
            **super()._observe(inputs, found),
            "jwtConfiguration": keep_given(inputs.get("jwtConfiguration"), now),
        }

    def _request(self, inputs: Properties) -> dict[str, Any]:
        jwt = inputs.get("jwtConfiguration")
        more = {"JwtConfiguration": {"Issuer": jwt["issuer"], "Audience": jwt["audiences"]}} if jwt else {}
        return {**super()._request(inputs), **more}


class DomainNameHandler(Handler):
    """A custom domain."""

    token = "aws:apigatewayv2/domainName:DomainName"
    replaces = frozenset({"domainName"})
    note = "Answers requests with its Host header; TLS and DNS are not there."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = clients.apigatewayv2.create_domain_name(
            DomainName=inputs["domainName"],
            DomainNameConfigurations=[pascal_case(inputs["domainNameConfiguration"])],
            Tags=tag_map(inputs),
        )
        return inputs["domainName"], self._outputs(clients, made, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.apigatewayv2.get_domain_name(DomainName=id_)
        now = camel_case((found.get("DomainNameConfigurations") or [{}])[0])
        seen = {"domainNameConfiguration": keep_given(inputs.get("domainNameConfiguration"), now)}
        outputs = self._outputs(clients, found, inputs)
        return outputs, observe_inputs(self, inputs, {**seen, **_tags(clients, outputs, inputs)})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        made = clients.apigatewayv2.update_domain_name(
            DomainName=id_, DomainNameConfigurations=[pascal_case(news["domainNameConfiguration"])]
        )
        return _retag(clients, self._outputs(clients, made, news), olds, news)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.apigatewayv2.delete_domain_name(DomainName=id_)

    def _outputs(self, clients: Any, made: dict[str, Any], inputs: Properties) -> Properties:
        found = camel_case((made.get("DomainNameConfigurations") or [{}])[0])
        target = found.get("apiGatewayDomainName") or f"d-{inputs['domainName'].split('.')[0]}.execute-api.local"
        return {
            "arn": f"arn:aws:apigateway:{clients.region}::/domainnames/{inputs['domainName']}",
            "domainNameConfiguration": {
                **inputs["domainNameConfiguration"],
                "targetDomainName": target,
                "hostedZoneId": found.get("hostedZoneId") or "",
            },
        }


class ApiMappingHandler(_ApiPart):
    """A custom domain's API."""

    token = "aws:apigatewayv2/apiMapping:ApiMapping"
    noun = "api_mapping"
    replaces = frozenset({"domainName"})
    settings = {"apiId": "ApiId", "stage": "Stage", "apiMappingKey": "ApiMappingKey"}

    def _parent(self, inputs: Properties) -> dict[str, Any]:
        return {"DomainName": inputs["domainName"]}


HANDLERS = (
    ApiHandler(),
    StageHandler(),
    RouteHandler(),
    IntegrationHandler(),
    AuthorizerHandler(),
    DomainNameHandler(),
    ApiMappingHandler(),
)


def _tags(clients: Any, outputs: Properties, inputs: Properties) -> Properties:
    if not inputs.get("tags"):
        return {}
    return own_tags(inputs, clients.apigatewayv2.get_tags(ResourceArn=outputs["arn"])["Tags"])


def _retag(clients: Any, outputs: Properties, olds: Properties, news: Properties) -> Properties:
    if "arn" in outputs:
        arn = outputs["arn"]
        retag(
            olds,
            news,
            tag=lambda tags: clients.apigatewayv2.tag_resource(ResourceArn=arn, Tags=tags),
            untag=lambda keys: clients.apigatewayv2.untag_resource(ResourceArn=arn, TagKeys=keys),
        )
    return outputs
