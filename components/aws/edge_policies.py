"""What browsers are told by the edge, and who may read the site's bucket."""

import json

import pulumi_aws as aws
from pulumi import ResourceOptions

from components.aws.iam import VERSION

# Nothing but the site's own files and its own API: https://developer.mozilla.org/docs/Web/HTTP/Guides/CSP
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ONE_YEAR = 31_536_000


def security_headers(name: str, opts: ResourceOptions) -> aws.cloudfront.ResponseHeadersPolicy:
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


def bucket_policy(bucket_arn: str, distribution_arn: str) -> str:
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
