"""Wrong inputs of CloudFront and WAF, one at a time, with what the user reads."""

from check_rows import DROP, Row
from declaration_blocks import BEHAVIOUR, FAR_CERTIFICATE, REGIONAL_ACL

ROWS = (
    Row(
        "distribution",
        {"defaultCacheBehavior.targetOriginId": "assets"},
        'defaultCacheBehavior.targetOriginId: is "assets", no origin; use one of: api, files',
    ),
    Row(
        "distribution",
        {"origins[1].originId": "files", "orderedCacheBehaviors": []},
        'origins[1].originId: is "files", another origin\'s as well; make it unique',
    ),
    Row(
        "distribution",
        {"origins[0].domainName": "https://lake-events.s3.amazonaws.com"},
        ('origins[0].domainName: is "https://lake-events.s3.amazonaws.com"; use a host name without scheme and path'),
    ),
    Row("distribution", {"origins[0].connectionAttempts": 4}, "origins[0].connectionAttempts: is 4; use 1 to 3"),
    Row(
        "distribution",
        {"origins[1].customOriginConfig.httpPort": 22},
        "origins[1].customOriginConfig.httpPort: is 22; use 80, 443 or 1024 to 65535",
    ),
    Row(
        "distribution",
        {"origins[1].customOriginConfig.originSslProtocols": ["TLSv2"]},
        ('origins[1].customOriginConfig.originSslProtocols[0]: is "TLSv2"; use SSLv3, TLSv1, TLSv1.1 or TLSv1.2'),
    ),
    Row(
        "distribution",
        {"origins[1].customOriginConfig": {"httpPort": 80, "httpsPort": 443}},
        "origins[1].customOriginConfig.originProtocolPolicy: is missing; the service requires it",
    ),
    Row(
        "distribution",
        {"origins[0].s3OriginConfig": {"originAccessIdentity": "origin-access-identity/cloudfront/E2"}},
        ("origins[0].s3OriginConfig.originAccessIdentity: is set beside originAccessControlId; set one of them"),
    ),
    Row(
        "distribution",
        {"origins[1].s3OriginConfig": {"originAccessIdentity": ""}},
        "origins[1].s3OriginConfig: is set beside customOriginConfig; set one of them",
    ),
    Row(
        "distribution",
        {"defaultCacheBehavior.forwardedValues": {"queryString": False, "cookies": {"forward": "none"}}},
        "defaultCacheBehavior.forwardedValues: is set beside cachePolicyId; the policy says it, drop it",
    ),
    Row(
        "distribution",
        {"defaultCacheBehavior.cachePolicyId": DROP},
        ("defaultCacheBehavior.cachePolicyId: is missing; a behaviour needs a cache policy, or forwardedValues"),
    ),
    Row(
        "distribution",
        {"defaultCacheBehavior.defaultTtl": 60},
        "defaultCacheBehavior.defaultTtl: is set beside cachePolicyId; the policy says it, drop it",
    ),
    Row(
        "distribution",
        {"defaultCacheBehavior.allowedMethods": ["GET", "HEAD", "POST"]},
        (
            "defaultCacheBehavior.allowedMethods: is GET/HEAD/POST; use GET/HEAD or GET/HEAD/OPTIONS or "
            "DELETE/GET/HEAD/OPTIONS/PATCH/POST/PUT"
        ),
    ),
    Row(
        "distribution",
        {"defaultCacheBehavior.cachedMethods": ["GET", "HEAD", "OPTIONS"]},
        "defaultCacheBehavior.cachedMethods: has OPTIONS, which allowedMethods has not; add it there",
    ),
    Row(
        "distribution",
        {"defaultCacheBehavior.viewerProtocolPolicy": "https"},
        ('defaultCacheBehavior.viewerProtocolPolicy: is "https"; use allow-all, https-only or redirect-to-https'),
    ),
    Row(
        "distribution",
        {"orderedCacheBehaviors[1]": {**BEHAVIOUR, "pathPattern": "/v1/*", "targetOriginId": "api"}},
        'orderedCacheBehaviors[1].pathPattern: is "/v1/*", an earlier behaviour\'s as well; drop one',
    ),
    Row(
        "distribution",
        {"viewerCertificate": {"cloudfrontDefaultCertificate": True}},
        "viewerCertificate: has no certificate for the aliases; give acmCertificateArn",
    ),
    Row(
        "distribution",
        {"viewerCertificate.acmCertificateArn": FAR_CERTIFICATE},
        (
            "viewerCertificate.acmCertificateArn: is "
            '"arn:aws:acm:eu-west-1:000000000000:certificate/00000000-0000-4000-8000-000000000000"; '
            "CloudFront takes certificates of us-east-1"
        ),
    ),
    Row(
        "distribution",
        {"viewerCertificate.sslSupportMethod": DROP},
        "viewerCertificate.sslSupportMethod: is missing; use sni-only with a certificate of your own",
    ),
    Row(
        "distribution",
        {
            "aliases": DROP,
            "viewerCertificate": {"cloudfrontDefaultCertificate": True, "minimumProtocolVersion": "TLSv1.2_2021"},
        },
        ('viewerCertificate.minimumProtocolVersion: is "TLSv1.2_2021"; CloudFront\'s own certificate has TLSv1'),
    ),
    Row("distribution", {"defaultRootObject": "/index.html"}, 'defaultRootObject: is "/index.html"; drop the slash'),
    Row(
        "distribution",
        {"restrictions.geoRestriction": {"restrictionType": "none", "locations": ["DE"]}},
        (
            "restrictions.geoRestriction.locations: is set while the restrictionType is none; use whitelist "
            "or blacklist, or drop it"
        ),
    ),
    Row(
        "distribution",
        {"restrictions.geoRestriction": {"restrictionType": "whitelist"}},
        "restrictions.geoRestriction.locations: is missing; the restrictionType is whitelist",
    ),
    Row(
        "distribution",
        {"customErrorResponses": [{"errorCode": 404, "responseCode": 200}]},
        "customErrorResponses[0].responsePagePath: is missing; responseCode is set",
    ),
    Row(
        "distribution",
        {"priceClass": "PriceClass_50"},
        'priceClass: is "PriceClass_50"; use PriceClass_100, PriceClass_200, PriceClass_All or None',
    ),
    Row("distribution", {"httpVersion": "http4"}, 'httpVersion: is "http4"; use http1.1, http2, http3 or http2and3'),
    Row(
        "distribution",
        {"webAclId": REGIONAL_ACL},
        (
            'webAclId: is "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/edge/1"; use a web ACL of '
            "the scope CLOUDFRONT, in us-east-1"
        ),
    ),
    Row(
        "headers",
        {"securityHeadersConfig": DROP},
        (
            "securityHeadersConfig: is missing; a policy has one of corsConfig, customHeadersConfig, "
            "securityHeadersConfig, removeHeadersConfig, serverTimingHeadersConfig"
        ),
    ),
    Row(
        "headers",
        {"securityHeadersConfig.frameOptions.frameOption": "NONE"},
        'securityHeadersConfig.frameOptions.frameOption: is "NONE"; use DENY or SAMEORIGIN',
    ),
    Row(
        "headers",
        {"securityHeadersConfig.frameOptions": {"frameOption": "DENY"}},
        "securityHeadersConfig.frameOptions.override: is missing; the service requires it",
    ),
    Row(
        "origin-access",
        {"signingBehavior": "maybe"},
        'signingBehavior: is "maybe"; use never, always, no-override or always-amz-auth',
    ),
    Row("origin-access", {"name": "f" * 65}, "name: has 65 characters; use 64 or less"),
    Row("web-acl", {"scope": "GLOBAL"}, 'scope: is "GLOBAL"; use CLOUDFRONT or REGIONAL'),
    Row(
        "web-acl",
        {"scope": "CLOUDFRONT"},
        'scope: is "CLOUDFRONT" in eu-west-1; make it with a provider for us-east-1',
        region="eu-west-1",
    ),
    Row(
        "web-acl",
        {"defaultAction": {"allow": {}, "block": {}}},
        "defaultAction: has allow and block; use one of allow and block",
    ),
    Row("web-acl", {"rules[1].priority": 0}, "rules[1].priority: is 0, another rule's as well; make it unique"),
    Row("web-acl", {"rules[1].action": DROP}, "rules[1].action: is missing; a rule of its own has action"),
    Row("web-acl", {"rules[0].action": {"block": {}}}, "rules[0].action: is set; use overrideAction here"),
    Row(
        "web-acl",
        {"rules[1].statement.rateBasedStatement.limit": 9},
        "rules[1].statement.rateBasedStatement.limit: is 9; use 10 to 2000000000 requests",
    ),
    Row(
        "web-acl",
        {"rules[1].statement.rateBasedStatement.evaluationWindowSec": 90},
        "rules[1].statement.rateBasedStatement.evaluationWindowSec: is 90; use 60, 120, 300 or 600",
    ),
    Row(
        "distribution",
        {
            "defaultCacheBehavior.cachePolicyId": DROP,
            "defaultCacheBehavior.forwardedValues": {"queryString": False, "cookies": {"forward": "none"}},
            "defaultCacheBehavior.originRequestPolicyId": "p1",
        },
        "defaultCacheBehavior.originRequestPolicyId: is set beside forwardedValues; use a cachePolicyId",
    ),
)
