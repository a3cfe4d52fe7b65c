"""CloudFront: distributions and what they refer to."""

import re
import uuid
from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import camel_case, keep_given, own_tags, retag, tag_list, tag_pairs
from sandbox.handler import Handler, observe_inputs

# An HTTP API's address, as AWS and as this sandbox's Api handler give it.
EXECUTE_API = re.compile(r"^(?P<api>[a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com$")
LOCAL_API = re.compile(r"^127\.0\.0\.1:(?P<port>\d+)(?P<path>/_aws/execute-api/.+)$")
# Properties of a distribution, and where they are in the service's own description.
SETTINGS = {
    "enabled": "Enabled",
    "comment": "Comment",
    "defaultRootObject": "DefaultRootObject",
    "priceClass": "PriceClass",
    "httpVersion": "HttpVersion",
    "isIpv6Enabled": "IsIPV6Enabled",
    "webAclId": "WebACLId",
    "origins": "Origins",
    "defaultCacheBehavior": "DefaultCacheBehavior",
    "orderedCacheBehaviors": "CacheBehaviors",
}


class OriginAccessControlHandler(Handler):
    """How a distribution signs its requests to a bucket."""

    token = "aws:cloudfront/originAccessControl:OriginAccessControl"
    name_property = "name"

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = clients.cloudfront.create_origin_access_control(OriginAccessControlConfig=self._config(inputs))
        return made["OriginAccessControl"]["Id"], {"etag": made["ETag"]}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.cloudfront.get_origin_access_control(Id=id_)
        config = found["OriginAccessControl"]["OriginAccessControlConfig"]
        seen = {
            "description": config.get("Description") or None,
            "signingBehavior": config.get("SigningBehavior"),
            "signingProtocol": config.get("SigningProtocol"),
            "originAccessControlOriginType": config.get("OriginAccessControlOriginType"),
        }
        return {"etag": found["ETag"]}, observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        etag = clients.cloudfront.get_origin_access_control(Id=id_)["ETag"]
        made = clients.cloudfront.update_origin_access_control(
            Id=id_, IfMatch=etag, OriginAccessControlConfig=self._config(news)
        )
        return {"etag": made["ETag"]}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        etag = clients.cloudfront.get_origin_access_control(Id=id_)["ETag"]
        clients.cloudfront.delete_origin_access_control(Id=id_, IfMatch=etag)

    def _config(self, inputs: Properties) -> dict[str, Any]:
        return {
            "Name": inputs["name"],
            "Description": inputs.get("description") or "",
            "SigningProtocol": inputs["signingProtocol"],
            "SigningBehavior": inputs["signingBehavior"],
            "OriginAccessControlOriginType": inputs["originAccessControlOriginType"],
        }


class ResponseHeadersPolicyHandler(Handler):
    """Headers added to answers."""

    token = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
    name_property = "name"

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = clients.cloudfront.create_response_headers_policy(ResponseHeadersPolicyConfig=_headers(inputs))
        return made["ResponseHeadersPolicy"]["Id"], {"etag": made["ETag"]}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.cloudfront.get_response_headers_policy(Id=id_)
        now = found["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
        security = keep_given(inputs.get("securityHeadersConfig"), camel_case(now.get("SecurityHeadersConfig")) or None)
        seen = {"comment": now.get("Comment") or None, "securityHeadersConfig": security}
        return {"etag": found["ETag"]}, observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        etag = clients.cloudfront.get_response_headers_policy(Id=id_)["ETag"]
        made = clients.cloudfront.update_response_headers_policy(
            Id=id_, IfMatch=etag, ResponseHeadersPolicyConfig=_headers(news)
        )
        return {"etag": made["ETag"]}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        etag = clients.cloudfront.get_response_headers_policy(Id=id_)["ETag"]
        clients.cloudfront.delete_response_headers_policy(Id=id_, IfMatch=etag)


class DistributionHandler(Handler):
    """A distribution."""

    token = "aws:cloudfront/distribution:Distribution"
    note = (
        "Origins, paths, methods, access control and headers act. Plain HTTP instead of a redirect to HTTPS; caching "
        "and the web ACL are stored. The API's address is replaced by the data plane's."
    )

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        config = _distribution(clients, inputs, uuid.uuid4().hex)
        made = clients.cloudfront.create_distribution_with_tags(
            DistributionConfigWithTags={"DistributionConfig": config, "Tags": {"Items": tag_list(inputs)}}
        )
        return made["Distribution"]["Id"], self._outputs(clients, made)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.cloudfront.get_distribution(Id=id_)
        now = found["Distribution"]["DistributionConfig"]
        wanted = _distribution(clients, inputs, now["CallerReference"])
        # Not every property has one counterpart; one whose counterpart differs shows it as the service spells it.
        seen = {
            mine: camel_case(now.get(api))
            for mine, api in SETTINGS.items()
            if wanted.get(api) and keep_given(wanted[api], now.get(api)) != wanted[api]
        }
        arn = found["Distribution"]["ARN"]
        tags = clients.cloudfront.list_tags_for_resource(Resource=arn)["Tags"]["Items"] if inputs.get("tags") else []
        return self._outputs(clients, found), observe_inputs(self, inputs, {**seen, **own_tags(inputs, tags)})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        found = clients.cloudfront.get_distribution_config(Id=id_)
        config = _distribution(clients, news, found["DistributionConfig"]["CallerReference"])
        made = clients.cloudfront.update_distribution(Id=id_, IfMatch=found["ETag"], DistributionConfig=config)
        arn = made["Distribution"]["ARN"]
        retag(
            olds,
            news,
            tag=lambda tags: clients.cloudfront.tag_resource(Resource=arn, Tags={"Items": tag_pairs(tags)}),
            untag=lambda keys: clients.cloudfront.untag_resource(Resource=arn, TagKeys={"Items": keys}),
        )
        return self._outputs(clients, made)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        found = clients.cloudfront.get_distribution_config(Id=id_)
        config, etag = found["DistributionConfig"], found["ETag"]
        if config["Enabled"]:  # an enabled distribution is not deleted
            config["Enabled"] = False
            etag = clients.cloudfront.update_distribution(Id=id_, IfMatch=etag, DistributionConfig=config)["ETag"]
        clients.cloudfront.delete_distribution(Id=id_, IfMatch=etag)

    def _outputs(self, clients: Any, made: dict[str, Any]) -> Properties:
        distribution = made["Distribution"]
        label, port = distribution["DomainName"].split(".")[0], clients.endpoint.rsplit(":", 1)[1]
        return {
            "arn": distribution["ARN"],
            "etag": made["ETag"],
            "status": distribution["Status"],
            # Browsers resolve names under localhost themselves; the plane tells distributions apart by them.
            "domainName": f"{label}.cloudfront.localhost:{port}",
            "hostedZoneId": "Z2FDTNDATAQYW2",
        }


HANDLERS = (OriginAccessControlHandler(), ResponseHeadersPolicyHandler(), DistributionHandler())


def _distribution(clients: Any, inputs: Properties, reference: str) -> dict[str, Any]:
    origins = [_origin(clients, origin) for origin in inputs["origins"]]
    config: dict[str, Any] = {
        "CallerReference": reference,
        "Comment": inputs.get("comment") or "",
        "Enabled": bool(inputs["enabled"]),
        "DefaultRootObject": inputs.get("defaultRootObject") or "",
        "PriceClass": inputs.get("priceClass") or "PriceClass_All",
        "HttpVersion": inputs.get("httpVersion") or "http2",
        "IsIPV6Enabled": bool(inputs.get("isIpv6Enabled")),
        "WebACLId": inputs.get("webAclId") or "",
        "Origins": {"Quantity": len(origins), "Items": origins},
        "DefaultCacheBehavior": _behaviour(inputs["defaultCacheBehavior"]),
    }
    ordered = inputs.get("orderedCacheBehaviors") or []
    if ordered:
        items = [{"PathPattern": b["pathPattern"], **_behaviour(b)} for b in ordered]
        config["CacheBehaviors"] = {"Quantity": len(items), "Items": items}
    return config


def _origin(clients: Any, origin: Properties) -> dict[str, Any]:
    headers = [{"HeaderName": h["name"], "HeaderValue": h["value"]} for h in origin.get("customHeaders") or []]
    made: dict[str, Any] = {
        "Id": origin["originId"],
        "DomainName": origin["domainName"],
        "OriginPath": origin.get("originPath") or "",
        "OriginAccessControlId": origin.get("originAccessControlId") or "",
        "CustomHeaders": {"Quantity": len(headers), "Items": headers},
    }
    path = _local_path(origin["domainName"])
    if path is not None:
        made |= {"DomainName": "localhost", "OriginPath": path}
        made["CustomOriginConfig"] = {
            "HTTPPort": int(clients.endpoint.rsplit(":", 1)[1]),
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "http-only",
        }
    elif origin.get("customOriginConfig"):
        given = origin["customOriginConfig"]
        made["CustomOriginConfig"] = {
            "HTTPPort": given["httpPort"],
            "HTTPSPort": given["httpsPort"],
            "OriginProtocolPolicy": given["originProtocolPolicy"],
        }
    else:
        made["S3OriginConfig"] = {"OriginAccessIdentity": ""}
    return made


def _local_path(domain: str) -> str | None:
    local, remote = LOCAL_API.match(domain), EXECUTE_API.match(domain)
    if local:
        return local["path"]
    return f"/_aws/execute-api/{remote['api']}/$default" if remote else None


def _behaviour(given: Properties) -> dict[str, Any]:
    methods = given["allowedMethods"]
    cached = given.get("cachedMethods") or ["GET", "HEAD"]
    return {
        "TargetOriginId": given["targetOriginId"],
        # There is no TLS here; a redirect to it would lead nowhere.
        "ViewerProtocolPolicy": "allow-all",
        "AllowedMethods": {
            "Quantity": len(methods),
            "Items": methods,
            "CachedMethods": {"Quantity": len(cached), "Items": cached},
        },
        "Compress": bool(given.get("compress")),
        "CachePolicyId": given.get("cachePolicyId") or "",
        "OriginRequestPolicyId": given.get("originRequestPolicyId") or "",
        "ResponseHeadersPolicyId": given.get("responseHeadersPolicyId") or "",
    }


def _headers(inputs: Properties) -> dict[str, Any]:
    given = inputs.get("securityHeadersConfig") or {}
    security: dict[str, Any] = {}
    if csp := given.get("contentSecurityPolicy"):
        security["ContentSecurityPolicy"] = {
            "Override": csp["override"],
            "ContentSecurityPolicy": csp["contentSecurityPolicy"],
        }
    if options := given.get("contentTypeOptions"):
        security["ContentTypeOptions"] = {"Override": options["override"]}
    if frame := given.get("frameOptions"):
        security["FrameOptions"] = {"Override": frame["override"], "FrameOption": frame["frameOption"]}
    if referrer := given.get("referrerPolicy"):
        security["ReferrerPolicy"] = {"Override": referrer["override"], "ReferrerPolicy": referrer["referrerPolicy"]}
    if transport := given.get("strictTransportSecurity"):
        security["StrictTransportSecurity"] = {
            "Override": transport["override"],
            "IncludeSubdomains": bool(transport.get("includeSubdomains")),
            "Preload": bool(transport.get("preload")),
            "AccessControlMaxAgeSec": transport["accessControlMaxAgeSec"],
        }
    return {"Name": inputs["name"], "Comment": inputs.get("comment") or "", "SecurityHeadersConfig": security}
