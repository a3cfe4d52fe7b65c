"""CloudFront: distributions and what they refer to."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import ARN, check_arn, check_exclusive, check_range
from sandbox.aws.handlers.cloudfront import LOCAL_API

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
ACCESS = "aws:cloudfront/originAccessControl:OriginAccessControl"
GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
API = "https://docs.aws.amazon.com/cloudfront/latest/APIReference"
GLOBAL_REGION = "us-east-1"
READ, CACHED = frozenset({"GET", "HEAD"}), frozenset({"GET", "HEAD", "OPTIONS"})
METHODS = (READ, CACHED, CACHED | {"PUT", "POST", "PATCH", "DELETE"})
TIMES = ("minTtl", "defaultTtl", "maxTtl")
HOST = re.compile(r"[A-Za-z0-9._-]+")


def _behaviours(view: InputView) -> list[InputView]:
    default = view.block("defaultCacheBehavior")
    return [*([default] if default else []), *view.blocks("orderedCacheBehaviors")]


@rule(DISTRIBUTION, source=f"{API}/API_Origin.html")
def origins(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Origins have ids of their own, hosts and one kind of settings."""
    del resources
    seen: set[str] = set()
    for origin in view.blocks("origins"):
        name = origin.text("originId")
        if name is not None and name in seen:
            yield origin.fail("originId", f"is {quote(name)}, another origin's as well; make it unique")
        seen |= {name} if name is not None else set()
        host = origin.text("domainName")
        if host is not None and not HOST.fullmatch(host) and not LOCAL_API.match(host):
            yield origin.fail("domainName", f"is {quote(host)}; use a host name without scheme and path")
        if origin.block("customOriginConfig") and origin.block("s3OriginConfig"):
            yield origin.fail("s3OriginConfig", "is set beside customOriginConfig; set one of them")
        yield from check_range(origin, "connectionAttempts", 1, 3)
        yield from check_range(origin, "connectionTimeout", 1, 10, "seconds")
        for path in ("customOriginConfig.httpPort", "customOriginConfig.httpsPort"):
            port = origin.number(path)
            if port is not None and port not in (80, 443) and not 1024 <= port <= 65535:
                yield origin.fail(path, f"is {port}; use 80, 443 or 1024 to 65535")


@rule(DISTRIBUTION, source=f"{GUIDE}/private-content-restricting-access-to-s3.html")
def origin_access(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """An origin is reached by access control or by the older identity."""
    del resources
    for origin in view.blocks("origins"):
        yield from check_exclusive(origin, "originAccessControlId", "s3OriginConfig.originAccessIdentity")


@rule(DISTRIBUTION, source=f"{API}/API_CacheBehavior.html")
def behaviour_origins(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Behaviours name origins that are there, and each path once."""
    del resources
    blocks = [*view.blocks("origins"), *view.blocks("originGroups")]
    names = {block.text("originId") for block in blocks}
    complete = None not in names and view.is_complete("origins") and view.is_complete("originGroups")
    paths: set[str] = set()
    for behaviour in _behaviours(view):
        target, pattern = behaviour.text("targetOriginId"), behaviour.text("pathPattern")
        if target is not None and complete and target not in names:
            known = ", ".join(sorted(str(name) for name in names))
            yield behaviour.fail("targetOriginId", f"is {quote(target)}, no origin; use one of: {known}")
        if pattern is not None and pattern in paths:
            yield behaviour.fail("pathPattern", f"is {quote(pattern)}, an earlier behaviour's as well; drop one")
        paths |= {pattern} if pattern is not None else set()


@rule(DISTRIBUTION, source=f"{GUIDE}/controlling-the-cache-key.html")
def behaviour_caching(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A cache policy, or the older settings."""
    del resources
    for behaviour in _behaviours(view):
        old = behaviour.block("forwardedValues") is not None
        if behaviour.is_absent("cachePolicyId") and behaviour.is_absent("forwardedValues"):
            yield behaviour.fail("cachePolicyId", "is missing; a behaviour needs a cache policy, or forwardedValues")
        elif behaviour.is_given("cachePolicyId"):
            for path in (*(["forwardedValues"] if old else []), *(t for t in TIMES if behaviour.number(t))):
                yield behaviour.fail(path, "is set beside cachePolicyId; the policy says it, drop it")
        if old and behaviour.is_given("originRequestPolicyId"):
            yield behaviour.fail("originRequestPolicyId", "is set beside forwardedValues; use a cachePolicyId")


@rule(DISTRIBUTION, source=f"{API}/API_AllowedMethods.html")
def behaviour_methods(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The sets of methods that can be allowed and cached."""
    del resources
    for behaviour in _behaviours(view):
        for path, sets in (("allowedMethods", METHODS), ("cachedMethods", METHODS[:2])):
            found = [text for _, text in behaviour.texts(path)]
            if found and behaviour.is_complete(path) and frozenset(found) not in sets:
                use = " or ".join("/".join(sorted(one)) for one in sets)
                yield behaviour.fail(path, f"is {'/'.join(sorted(found))}; use {use}")
        cached, allowed = ({text for _, text in behaviour.texts(p)} for p in ("cachedMethods", "allowedMethods"))
        if allowed and behaviour.is_complete("allowedMethods") and not cached <= allowed:
            more = "/".join(sorted(cached - allowed))
            yield behaviour.fail("cachedMethods", f"has {more}, which allowedMethods has not; add it there")


@rule(DISTRIBUTION, source=f"{API}/API_ViewerCertificate.html")
def viewer_certificate(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """An alias needs a certificate, which lies in one region."""
    del resources
    own, path = ("viewerCertificate.acmCertificateArn", "viewerCertificate.iamCertificateId"), "viewerCertificate"
    bare = all(view.is_absent(one) for one in own)
    if view.count("aliases") and bare:
        yield view.fail(path, "has no certificate for the aliases; give acmCertificateArn")
    if any(view.is_given(one) for one in own) and view.is_absent(f"{path}.sslSupportMethod"):
        yield view.fail(f"{path}.sslSupportMethod", "is missing; use sni-only with a certificate of your own")
    yield from check_arn(view, own[0], "acm")
    arn = view.text(own[0]) or ""
    if ARN.fullmatch(arn) and arn.split(":")[3] != GLOBAL_REGION:
        yield view.fail(own[0], f"is {quote(arn)}; CloudFront takes certificates of {GLOBAL_REGION}")
    version = view.value(f"{path}.minimumProtocolVersion")
    if bare and view.flag(f"{path}.cloudfrontDefaultCertificate") and version not in (None, "TLSv1"):
        yield view.fail(
            f"{path}.minimumProtocolVersion", f"is {quote(version)}; CloudFront's own certificate has TLSv1"
        )


@rule(DISTRIBUTION, source=f"{API}/API_DistributionConfig.html")
def distribution_settings(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What else goes together."""
    del resources
    root = view.text("defaultRootObject") or ""
    if root.startswith("/"):
        yield view.fail("defaultRootObject", f"is {quote(root)}; drop the slash")
    geo = view.block("restrictions.geoRestriction")
    if geo and geo.value("restrictionType") == "none" and geo.count("locations"):
        yield geo.fail("locations", "is set while the restrictionType is none; use whitelist or blacklist, or drop it")
    if geo and geo.value("restrictionType") in ("whitelist", "blacklist") and geo.is_absent("locations"):
        yield geo.fail("locations", f"is missing; the restrictionType is {geo.value('restrictionType')}")
    for answer in view.blocks("customErrorResponses"):
        for one, other in (("responseCode", "responsePagePath"), ("responsePagePath", "responseCode")):
            if answer.is_given(one) and answer.is_absent(other):
                yield answer.fail(other, f"is missing; {one} is set")


@rule(DISTRIBUTION, source="https://docs.aws.amazon.com/waf/latest/developerguide/cloudfront-features.html")
def distribution_firewall(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A web ACL of the global scope."""
    del resources
    arn = view.text("webAclId") or ""
    if arn.startswith("arn:") and not re.match(rf"arn:aws[a-z-]*:wafv2:{GLOBAL_REGION}:\d*:global/webacl/", arn):
        yield view.fail("webAclId", f"is {quote(arn)}; use a web ACL of the scope CLOUDFRONT, in {GLOBAL_REGION}")


@rule(HEADERS, source=f"{API}/API_ResponseHeadersPolicyConfig.html")
def headers_policy(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A policy does something."""
    del resources
    parts = (
        "corsConfig",
        "customHeadersConfig",
        "securityHeadersConfig",
        "removeHeadersConfig",
        "serverTimingHeadersConfig",
    )
    if all(view.is_absent(part) for part in parts):
        yield view.fail("securityHeadersConfig", f"is missing; a policy has one of {', '.join(parts)}")


@rule(ACCESS, source=f"{API}/API_OriginAccessControlConfig.html")
def access_control_name(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The name's length."""
    del resources
    name = view.text("name") or ""
    if len(name) > 64:
        yield view.fail("name", f"has {len(name)} characters; use 64 or less")
