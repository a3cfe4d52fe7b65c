"""Valid declarations of what serves: APIs, distributions, web ACLs."""

from declaration_blocks import BEHAVIOUR, CERTIFICATE, REGION, VISIBLE, WORKER, Bases, arn

HTTP: Bases = {
    "api": ("aws:apigatewayv2/api:Api", {
        "name": "shop",
        "protocolType": "HTTP",
        "corsConfiguration": {
            "allowOrigins": ["https://shop.example.com"], "allowMethods": ["GET"], "allowCredentials": True,
        },
    }),
    "integration": ("aws:apigatewayv2/integration:Integration", {
        "apiId": "abc",
        "integrationType": "AWS_PROXY",
        "integrationUri": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{WORKER}/invocations",
        "payloadFormatVersion": "2.0",
        "timeoutMilliseconds": 29_000,
    }),
    "authorizer": ("aws:apigatewayv2/authorizer:Authorizer", {
        "apiId": "abc",
        "name": "jwt",
        "authorizerType": "JWT",
        "identitySources": ["$request.header.Authorization"],
        "jwtConfiguration": {"issuer": "https://login.example.com/", "audiences": ["shop"]},
    }),
    "route": ("aws:apigatewayv2/route:Route", {
        "apiId": "abc",
        "routeKey": "GET /v1/orders/{order_id}",
        "target": "integrations/i1",
        "authorizationType": "JWT",
        "authorizerId": "a1",
    }),
    "stage": ("aws:apigatewayv2/stage:Stage", {
        "apiId": "abc",
        "name": "$default",
        "autoDeploy": True,
        "defaultRouteSettings": {"throttlingBurstLimit": 10, "throttlingRateLimit": 5},
        "routeSettings": [{"routeKey": "GET /v1/orders/{order_id}", "throttlingRateLimit": 5}],
        "accessLogSettings": {
            "destinationArn": arn("logs", "log-group:worker-logs"), "format": "$context.requestId $context.status",
        },
    }),
    "domain": ("aws:apigatewayv2/domainName:DomainName", {
        "domainName": "api.shop.example.com",
        "domainNameConfiguration": {
            "certificateArn": CERTIFICATE, "endpointType": "REGIONAL", "securityPolicy": "TLS_1_2",
        },
    }),
    "api-mapping": ("aws:apigatewayv2/apiMapping:ApiMapping", {
        "apiId": "abc", "domainName": "api.shop.example.com", "stage": "$default",
    }),
    "origin-access": ("aws:cloudfront/originAccessControl:OriginAccessControl", {
        "name": "files",
        "originAccessControlOriginType": "s3",
        "signingBehavior": "always",
        "signingProtocol": "sigv4",
    }),
    "headers": ("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", {
        "name": "security",
        "securityHeadersConfig": {"frameOptions": {"frameOption": "DENY", "override": True}},
    }),
    "distribution": ("aws:cloudfront/distribution:Distribution", {
        "enabled": True,
        "aliases": ["shop.example.com"],
        "defaultRootObject": "index.html",
        "priceClass": "PriceClass_100",
        "origins": [
            {"originId": "files", "domainName": "lake-events.s3.amazonaws.com", "originAccessControlId": "E1"},
            {"originId": "api", "domainName": "api.shop.example.com", "customOriginConfig": {
                "httpPort": 80,
                "httpsPort": 443,
                "originProtocolPolicy": "https-only",
                "originSslProtocols": ["TLSv1.2"],
            }},
        ],
        "defaultCacheBehavior": BEHAVIOUR,
        "orderedCacheBehaviors": [{**BEHAVIOUR, "pathPattern": "/v1/*", "targetOriginId": "api"}],
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {
            "acmCertificateArn": CERTIFICATE, "sslSupportMethod": "sni-only", "minimumProtocolVersion": "TLSv1.2_2021",
        },
    }),
    "web-acl": ("aws:wafv2/webAcl:WebAcl", {
        "name": "edge",
        "scope": "CLOUDFRONT",
        "defaultAction": {"allow": {}},
        "visibilityConfig": VISIBLE,
        "rules": [
            {
                "name": "common",
                "priority": 0,
                "overrideAction": {"none": {}},
                "statement": {"managedRuleGroupStatement": {"name": "Common", "vendorName": "AWS"}},
                "visibilityConfig": VISIBLE,
            },
            {
                "name": "rate",
                "priority": 1,
                "action": {"block": {}},
                "statement": {"rateBasedStatement": {"limit": 2_000}},
                "visibilityConfig": VISIBLE,
            },
        ],
    }),
}  # fmt: skip
