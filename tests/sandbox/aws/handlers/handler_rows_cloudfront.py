"""Rows for distributions."""

from typing import Any

from handler_lab import Lab, Made, Row
from plane_fixture import named

TAGS = {"tags": {"owner": "platform-team", "env": "dev"}}
RETAGGED = {"tags": {"owner": "another-team"}}


def security(frame: str) -> dict[str, Any]:
    return {
        "securityHeadersConfig": {
            "frameOptions": {"frameOption": frame, "override": True},
            "referrerPolicy": {"referrerPolicy": "no-referrer", "override": True},
            "contentTypeOptions": {"override": True},
            "contentSecurityPolicy": {"contentSecurityPolicy": "default-src 'self'", "override": True},
            "strictTransportSecurity": {"accessControlMaxAgeSec": 63072000, "override": True},
        }
    }


def reheader(lab: Lab, made: Made) -> None:
    found = lab.clients.cloudfront.get_response_headers_policy(Id=made.id)
    config = {"Name": made.inputs["name"], "SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}}}
    lab.clients.cloudfront.update_response_headers_policy(
        Id=made.id, IfMatch=found["ETag"], ResponseHeadersPolicyConfig=config
    )


def access(lab: Lab) -> dict[str, Any]:
    return {
        "name": named("access"),
        "description": "how the site reads",
        "originAccessControlOriginType": "s3",
        "signingBehavior": "always",
        "signingProtocol": "sigv4",
    }


def reaccess(lab: Lab, made: Made) -> None:
    found = lab.clients.cloudfront.get_origin_access_control(Id=made.id)
    config = {**found["OriginAccessControl"]["OriginAccessControlConfig"], "SigningBehavior": "never"}
    lab.clients.cloudfront.update_origin_access_control(
        Id=made.id, IfMatch=found["ETag"], OriginAccessControlConfig=config
    )


def distribution(lab: Lab) -> dict[str, Any]:
    return {
        "enabled": True,
        "comment": "the shop",
        "defaultRootObject": "index.html",
        "priceClass": "PriceClass_100",
        "httpVersion": "http2and3",
        "isIpv6Enabled": True,
        "origins": origins(lab),
        "defaultCacheBehavior": behaviour("files"),
        "orderedCacheBehaviors": [{"pathPattern": "/v1/*", **behaviour("api")}],
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {"cloudfrontDefaultCertificate": True},
        **TAGS,
    }


def origins(lab: Lab) -> list[dict[str, Any]]:
    control = lab.make("aws:cloudfront/originAccessControl:OriginAccessControl", access(lab))
    secure = {"httpPort": 80, "httpsPort": 443, "originProtocolPolicy": "https-only", "originSslProtocols": ["TLSv1.2"]}
    return [
        {
            "originId": "files",
            "domainName": lab.bucket()["bucketRegionalDomainName"],
            "originAccessControlId": control.id,
        },
        {
            "originId": "api",
            "domainName": lab.api()["apiEndpoint"].split("://")[1],
            "customOriginConfig": secure,
            "customHeaders": [{"name": "X-Origin-Verify", "value": "known"}],
        },
    ]


def behaviour(origin: str, policy: str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad") -> dict[str, Any]:
    return {
        "targetOriginId": origin,
        "viewerProtocolPolicy": "redirect-to-https",
        "allowedMethods": ["GET", "HEAD"],
        "cachedMethods": ["GET", "HEAD"],
        "cachePolicyId": policy,  # AWS's CachingDisabled, if nothing else is said
        "compress": True,
    }


def disable(lab: Lab, made: Made) -> None:
    found = lab.clients.cloudfront.get_distribution_config(Id=made.id)
    config = {**found["DistributionConfig"], "Enabled": False}
    lab.clients.cloudfront.update_distribution(Id=made.id, IfMatch=found["ETag"], DistributionConfig=config)


ROWS = (
    Row(
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        access,
        ({"signingBehavior": "no-override"}, {"description": "how it reads"}),
        reaccess,
        "signingBehavior",
    ),
    Row(
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        lambda lab: {"name": named("headers"), "comment": "safe", **security("DENY")},
        (security("SAMEORIGIN"), {"comment": "safer"}),
        reheader,
        "securityHeadersConfig",
    ),
    Row(
        "aws:cloudfront/distribution:Distribution",
        distribution,
        (
            {"comment": "another"},
            {"priceClass": "PriceClass_All", "httpVersion": "http2"},
            lambda lab, _: {"origins": origins(lab)},
            {"defaultCacheBehavior": behaviour("files", "658327ea-f89d-4fab-a63d-7e88639e58f6")},
            {"orderedCacheBehaviors": [{"pathPattern": "/v2/*", **behaviour("api")}]},
            {"enabled": False},
            RETAGGED,
        ),
        disable,
        "enabled",
    ),
)
