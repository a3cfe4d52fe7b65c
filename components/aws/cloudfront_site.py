"""A static site in S3 and an API behind one CloudFront distribution."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.iam import VERSION
from components.aws.private_bucket import create_private_bucket
from components.inputs import with_former_type

# Managed policies have fixed ids:
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
READ = ["GET", "HEAD"]
WRITE = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
API_PATHS = ("/v1/*", "/healthz")
# A table of our own: Python's differs between versions and reads the machine's, so objects would change with both.
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
# Nothing but the site's own files and its own API: https://developer.mozilla.org/docs/Web/HTTP/Guides/CSP
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ONE_YEAR = 31_536_000


class CloudFrontDomainArgs(TypedDict):
    """Host names of your own."""

    names: Sequence[Input[str]]
    """The names, the first of which is the site's URL; their DNS records point at the distribution."""
    certificate_arn: Input[str]
    """Their certificate, in us-east-1 whatever the stack's region."""


class CloudFrontSiteArgs(TypedDict):
    """Inputs of `CloudFrontSite`."""

    directory: str
    """The files to serve; index.html is the page at `/`."""
    api_url: Input[str]
    """Where `api_paths` are passed to."""
    api_paths: NotRequired[Sequence[str]]
    """Path patterns of the API (default `/v1/*` and `/healthz`)."""
    origin_header: NotRequired[Input[str] | None]
    """Secret that is sent to the API as `X-Origin-Verify` (default none)."""
    web_acl_arn: NotRequired[Input[str] | None]
    """A web ACL of scope CLOUDFRONT, made in us-east-1 (default none)."""
    domain: NotRequired[CloudFrontDomainArgs | None]
    """Custom host names (default CloudFront's own)."""
    price_class: NotRequired[Input[str]]
    """How many locations serve it (default PriceClass_100)."""
    force_destroy: NotRequired[Input[bool]]
    """Whether the bucket goes with its content (default false)."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Tags of every taggable child (default none)."""


class CloudFrontSite(pulumi.ComponentResource):
    """A private bucket behind CloudFront with security headers, and an API under the same name.

    Only this distribution can read the bucket (origin access control).

    Cost: the first TB and 10 million requests a month are free, then by location
    (https://aws.amazon.com/cloudfront/pricing/); storage 0.023 USD a GB.

    Example:
        ```python
        CloudFrontSite(
            "storefront", {"directory": "apps/storefront", "api_url": "https://abc123.execute-api.us-east-1.amazonaws.com"}
        )
        ```
    """

    url: Output[str]
    """Where browsers go."""
    bucket_name: Output[str]
    """Where the files are."""
    distribution_id: Output[str]
    """The distribution's id, for invalidations."""

    def __init__(self, name: str, args: CloudFrontSiteArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:CloudFrontSite", name, {}, with_former_type("StaticSite", opts))
        child = ResourceOptions(parent=self)
        tags, domain = args.get("tags"), args.get("domain")
        bucket = create_private_bucket(
            f"{name}-files", force_destroy=args.get("force_destroy", False), tags=tags, opts=child
        )
        _upload(name, Path(args["directory"]), bucket, child)
        access = aws.cloudfront.OriginAccessControl(
            f"{name}-access",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=child,
        )
        headers = _create_headers_policy(f"{name}-headers", child)
        distribution = aws.cloudfront.Distribution(
            f"{name}-cdn",
            enabled=True,
            is_ipv6_enabled=True,
            http_version="http2and3",
            default_root_object="index.html",
            price_class=args.get("price_class", "PriceClass_100"),
            web_acl_id=args.get("web_acl_arn"),
            origins=[_files(bucket, access), _api(args)],
            default_cache_behavior={
                "target_origin_id": "files",
                "viewer_protocol_policy": "redirect-to-https",
                "allowed_methods": READ,
                "cached_methods": READ,
                "cache_policy_id": CACHING_OPTIMIZED,
                "response_headers_policy_id": headers.id,
                "compress": True,
            },
            ordered_cache_behaviors=[
                {
                    "path_pattern": pattern,
                    "target_origin_id": "api",
                    "viewer_protocol_policy": "https-only",
                    "allowed_methods": WRITE,
                    "cached_methods": READ,
                    "cache_policy_id": CACHING_DISABLED,
                    "origin_request_policy_id": ALL_VIEWER_EXCEPT_HOST,
                    "response_headers_policy_id": headers.id,
                    "compress": True,
                }
                for pattern in args.get("api_paths", API_PATHS)
            ],
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            aliases=None if domain is None else domain["names"],
            viewer_certificate=_certificate(domain),
            tags=tags,
            opts=child,
        )
        aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=Output.all(bucket.arn, distribution.arn).apply(lambda arns: _bucket_policy(*arns)),
            opts=child,
        )
        self.url = Output.concat("https://", distribution.domain_name if domain is None else domain["names"][0])
        self.bucket_name, self.distribution_id = bucket.bucket, distribution.id
        self.register_outputs({"url": self.url, "bucketName": self.bucket_name, "distributionId": self.distribution_id})


def _upload(name: str, directory: Path, bucket: aws.s3.Bucket, opts: ResourceOptions) -> None:
    files = {p.relative_to(directory).as_posix(): p for p in sorted(directory.rglob("*")) if p.is_file()}
    if "index.html" not in files:
        msg = f"CloudFrontSite '{name}': directory ({directory}) has no index.html; the page at / would be missing."
        raise ValueError(msg)
    for key, path in files.items():
        if any(part.startswith(".") for part in key.split("/")):
            continue
        aws.s3.BucketObjectv2(
            f"{name}-{key.replace('/', '-')}",
            bucket=bucket.bucket,
            key=key,
            source=pulumi.FileAsset(str(path)),
            source_hash=hashlib.sha256(path.read_bytes()).hexdigest(),
            content_type=CONTENT_TYPES.get(path.suffix.lower(), "application/octet-stream"),
            # Names carry no version, so a browser asks again each time; CloudFront answers 304 from its edge.
            cache_control="no-cache",
            opts=opts,
        )


def _certificate(domain: CloudFrontDomainArgs | None) -> aws.cloudfront.DistributionViewerCertificateArgsDict:
    if domain is None:
        return {"cloudfront_default_certificate": True}
    return {
        "acm_certificate_arn": domain["certificate_arn"],
        "ssl_support_method": "sni-only",
        "minimum_protocol_version": "TLSv1.2_2021",
    }


def _files(
    bucket: aws.s3.Bucket, access: aws.cloudfront.OriginAccessControl
) -> aws.cloudfront.DistributionOriginArgsDict:
    return {
        "origin_id": "files",
        "domain_name": bucket.bucket_regional_domain_name,
        "origin_access_control_id": access.id,
    }


def _api(args: CloudFrontSiteArgs) -> aws.cloudfront.DistributionOriginArgsDict:
    header = args.get("origin_header")
    return {
        "origin_id": "api",
        "domain_name": Output.from_input(args["api_url"]).apply(lambda url: url.split("://", 1)[1].rstrip("/")),
        "custom_origin_config": {
            "http_port": 80,
            "https_port": 443,
            "origin_protocol_policy": "https-only",
            "origin_ssl_protocols": ["TLSv1.2"],
        },
        "custom_headers": [] if header is None else [{"name": "X-Origin-Verify", "value": header}],
    }


def _create_headers_policy(name: str, opts: ResourceOptions) -> aws.cloudfront.ResponseHeadersPolicy:
    """Headers that keep a page from being framed, sniffed, downgraded or made to load from elsewhere."""
    return aws.cloudfront.ResponseHeadersPolicy(
        name,
        security_headers_config={
            "content_security_policy": {"content_security_policy": CONTENT_SECURITY_POLICY, "override": True},
            "content_type_options": {"override": True},
            "frame_options": {"frame_option": "DENY", "override": True},
            "referrer_policy": {"referrer_policy": "no-referrer", "override": True},
            "strict_transport_security": {
                "access_control_max_age_sec": ONE_YEAR,
                "include_subdomains": True,
                "override": True,
            },
        },
        opts=opts,
    )


def _bucket_policy(bucket_arn: str, distribution_arn: str) -> str:
    """The JSON document that lets one distribution read, and refuses plain HTTP."""
    return json.dumps(
        {
            "Version": VERSION,
            "Statement": [
                {
                    "Sid": "Distribution",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudfront.amazonaws.com"},
                    "Action": "s3:GetObject",
                    "Resource": f"{bucket_arn}/*",
                    "Condition": {"StringEquals": {"AWS:SourceArn": distribution_arn}},
                },
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [bucket_arn, f"{bucket_arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ],
        },
        separators=(",", ":"),
    )
