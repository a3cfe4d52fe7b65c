"""CloudFront: distributions and what they refer to."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.values import ARN, arn_of, bounded, exclusive
from sandbox.aws.checks.view import View, shown
from sandbox.aws.checks.world import World
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


def _behaviours(view: View) -> list[View]:
    default = view.block("defaultCacheBehavior")
    return [*([default] if default else []), *view.blocks("orderedCacheBehaviors")]


@rule(DISTRIBUTION, source=f"{API}/API_Origin.html")
def origins(view: View, world: World) -> Iterator[CheckFailure]:
    """Origins have ids of their own, hosts and one kind of settings."""
    del world
    seen: set[str] = set()
    for origin in view.blocks("origins"):
        name = origin.text("originId")
        if name is not None and name in seen:
            yield origin.fail("originId", f"is {shown(name)}, another origin's as well; make it unique")
        seen |= {name} if name is not None else set()
        host = origin.text("domainName")
        if host is not None and not HOST.fullmatch(host) and not LOCAL_API.match(host):
            yield origin.fail("domainName", f"is {shown(host)}; use a host name without scheme and path")
        if origin.block("customOriginConfig") and origin.block("s3OriginConfig"):
            yield origin.fail("s3OriginConfig", "is set beside customOriginConfig; set one of them")
        yield from bounded(origin, "connectionAttempts", 1, 3)
        yield from bounded(origin, "connectionTimeout", 1, 10, "seconds")
        for path in ("customOriginConfig.httpPort", "customOriginConfig.httpsPort"):
            port = origin.number(path)
            if port is not None and port not in (80, 443) and not 1024 <= port <= 65535:
                yield origin.fail(path, f"is {port}; use 80, 443 or 1024 to 65535")


@rule(DISTRIBUTION, source=f"{GUIDE}/private-content-restricting-access-to-s3.html")
def origin_access(view: View, world: World) -> Iterator[CheckFailure]:
    """An origin is reached by access control or by the older identity."""
    del world
    for origin in view.blocks("origins"):
        yield from exclusive(origin, "originAccessControlId", "s3OriginConfig.originAccessIdentity")


@rule(DISTRIBUTION, source=f"{API}/API_CacheBehavior.html")
def behaviour_origins(view: View, world: World) -> Iterator[CheckFailure]:
    """Behaviours name origins that are there, and each path once."""
    del world
    blocks = [*view.blocks("origins"), *view.blocks("originGroups")]
    names = {block.text("originId") for block in blocks}
    complete = None not in names and view.complete("origins") and view.complete("originGroups")
    paths: set[str] = set()
    for behaviour in _behaviours(view):
        target, pattern = behaviour.text("targetOriginId"), behaviour.text("pathPattern")
        if target is not None and complete and target not in names:
            known = ", ".join(sorted(str(name) for name in names))
            yield behaviour.fail("targetOriginId", f"is {shown(target)}, no origin; use one of: {known}")
        if pattern is not None and pattern in paths:
            yield behaviour.fail("pathPattern", f"is {shown(pattern)}, an earlier behaviour's as well; drop one")
        paths |= {pattern} if pattern is not None else set()


@rule(DISTRIBUTION, source=f"{GUIDE}/controlling-the-cache-key.html")
def behaviour_caching(view: View, world: World) -> Iterator[CheckFailure]:
    """A cache policy, or the older settings."""
    del world
    for behaviour in _behaviours(view):
        old = behaviour.block("forwardedValues") is not None
        if behaviour.absent("cachePolicyId") and behaviour.absent("forwardedValues"):
            yield behaviour.fail("cachePolicyId", "is missing; a behaviour needs a cache policy, or forwardedValues")
        elif behaviour.given("cachePolicyId"):
            for path in (*(["forwardedValues"] if old else []), *(t for t in TIMES if behaviour.number(t))):
                yield behaviour.fail(path, "is set beside cachePolicyId; the policy says it, drop it")
        if old and behaviour.given("originRequestPolicyId"):
            yield behaviour.fail("originRequestPolicyId", "is set beside forwardedValues; use a cachePolicyId")


@rule(DISTRIBUTION, source=f"{API}/API_AllowedMethods.html")
def behaviour_methods(view: View, world: World) -> Iterator[CheckFailure]:
    """The sets of methods that can be allowed and cached."""
    del world
    for behaviour in _behaviours(view):
        for path, sets in (("allowedMethods", METHODS), ("cachedMethods", METHODS[:2])):
            found = [text for _, text in behaviour.texts(path)]
            if found and behaviour.complete(path) and frozenset(found) not in sets:
                use = " or ".join("/".join(sorted(one)) for one in sets)
                yield behaviour.fail(path, f"is {'/'.join(sorted(found))}; use {use}")
        cached, allowed = ({text for _, text in behaviour.texts(p)} for p in ("cachedMethods", "allowedMethods"))
        if allowed and behaviour.complete("allowedMethods") and not cached <= allowed:
            more = "/".join(sorted(cached - allowed))
            yield behaviour.fail("cachedMethods", f"has {more}, which allowedMethods has not; add it there")


@rule(DISTRIBUTION, source=f"{API}/API_ViewerCertificate.html")
def viewer_certificate(view: View, world: World) -> Iterator[CheckFailure]:
    """An alias needs a certificate, which lies in one region."""
    del world
    own, path = ("viewerCertificate.acmCertificateArn", "viewerCertificate.iamCertificateId"), "viewerCertificate"
    bare = all(view.absent(one) for one in own)
    if view.count("aliases") and bare:
        yield view.fail(path, "has no certificate for the aliases; give acmCertificateArn")
    if any(view.given(one) for one in own) and view.absent(f"{path}.sslSupportMethod"):
        yield view.fail(f"{path}.sslSupportMethod", "is missing; use sni-only with a certificate of your own")
    yield from arn_of(view, own[0], "acm")
    arn = view.text(own[0]) or ""
    if ARN.fullmatch(arn) and arn.split(":")[3] != GLOBAL_REGION:
        yield view.fail(own[0], f"is {shown(arn)}; CloudFront takes certificates of {GLOBAL_REGION}")
    version = view.known(f"{path}.minimumProtocolVersion")
    if bare and view.flag(f"{path}.cloudfrontDefaultCertificate") and version not in (None, "TLSv1"):
        yield view.fail(
            f"{path}.minimumProtocolVersion", f"is {shown(version)}; CloudFront's own certificate has TLSv1"
        )


@rule(DISTRIBUTION, source=f"{API}/API_DistributionConfig.html")
def distribution_settings(view: View, world: World) -> Iterator[CheckFailure]:
    """What else goes together."""
    del world
    root = view.text("defaultRootObject") or ""
    if root.startswith("/"):
        yield view.fail("defaultRootObject", f"is {shown(root)}; drop the slash")
    geo = view.block("restrictions.geoRestriction")
    if geo and geo.known("restrictionType") == "none" and geo.count("locations"):
        yield geo.fail("locations", "is set while the restrictionType is none; use whitelist or blacklist, or drop it")
    if geo and geo.known("restrictionType") in ("whitelist", "blacklist") and geo.absent("locations"):
        yield geo.fail("locations", f"is missing; the restrictionType is {geo.known('restrictionType')}")
    for answer in view.blocks("customErrorResponses"):
        for one, other in (("responseCode", "responsePagePath"), ("responsePagePath", "responseCode")):
            if answer.given(one) and answer.absent(other):
                yield answer.fail(other, f"is missing; {one} is set")


@rule(DISTRIBUTION, source="https://docs.aws.amazon.com/waf/latest/developerguide/cloudfront-features.html")
def distribution_firewall(view: View, world: World) -> Iterator[CheckFailure]:
    """A web ACL of the global scope."""
    del world
    arn = view.text("webAclId") or ""
    if arn.startswith("arn:") and not re.match(rf"arn:aws[a-z-]*:wafv2:{GLOBAL_REGION}:\d*:global/webacl/", arn):
        yield view.fail("webAclId", f"is {shown(arn)}; use a web ACL of the scope CLOUDFRONT, in {GLOBAL_REGION}")


@rule(HEADERS, source=f"{API}/API_ResponseHeadersPolicyConfig.html")
def headers_policy(view: View, world: World) -> Iterator[CheckFailure]:
    """A policy does something."""
    del world
    parts = (
        "corsConfig",
        "customHeadersConfig",
        "securityHeadersConfig",
        "removeHeadersConfig",
        "serverTimingHeadersConfig",
    )
    if all(view.absent(part) for part in parts):
        yield view.fail("securityHeadersConfig", f"is missing; a policy has one of {', '.join(parts)}")


@rule(ACCESS, source=f"{API}/API_OriginAccessControlConfig.html")
def access_control_name(view: View, world: World) -> Iterator[CheckFailure]:
    """The name's length."""
    del world
    name = view.text("name") or ""
    if len(name) > 64:
        yield view.fail("name", f"has {len(name)} characters; use 64 or less")
