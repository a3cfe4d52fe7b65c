"""CloudFront: distributions in front of a bucket and an API."""

import functools
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.http_apis import DeployedApi
from sandbox.aws.contract.fixtures.target import policy_document
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
SLOW = "a distribution takes minutes to create, to disable and to delete"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")
PAGE = "<h1>shop</h1>"

checked = functools.partial(behaviour, service="cloudfront", cloud=SLOW)


class Site:
    """A bucket with a page, and a distribution in front of it."""

    def __init__(
        self, aws: AwsAccount, *, named: bool = True, headers: str = "", api: DeployedApi | None = None
    ) -> None:
        self.aws, self.bucket = aws, aws.bucket()
        aws.clients.s3.put_object(Bucket=self.bucket, Key="index.html", Body=PAGE.encode(), ContentType="text/html")
        cloudfront = aws.clients.cloudfront
        access = cloudfront.create_origin_access_control(
            OriginAccessControlConfig={
                "Name": aws.name("access"),
                "SigningProtocol": "sigv4",
                "SigningBehavior": "always",
                "OriginAccessControlOriginType": "s3",
            }
        )["OriginAccessControl"]["Id"]
        files = {
            "Id": "files",
            "DomainName": f"{self.bucket}.s3.us-east-1.amazonaws.com",
            "S3OriginConfig": {"OriginAccessIdentity": ""},
            "OriginAccessControlId": access,
        }
        origins = [files, *([_origin(api)] if api else [])]
        routed = [{"PathPattern": "/v1/*", **_routed("api", headers)}] if api else []
        made = cloudfront.create_distribution(
            DistributionConfig={
                "CallerReference": aws.name("made"),
                "Comment": "",
                "Enabled": True,
                "DefaultRootObject": "index.html",
                "Origins": {"Quantity": len(origins), "Items": origins},
                "DefaultCacheBehavior": _routed("files", headers),
                "CacheBehaviors": {"Quantity": len(routed), "Items": routed},
            }
        )["Distribution"]
        self.host = f"{made['DomainName'].split('.')[0]}.cloudfront.localhost"
        self.allow(made["ARN"] if named else "arn:aws:cloudfront::000000000000:distribution/ANOTHER")

    def allow(self, distribution: str) -> None:
        """Let a distribution read the bucket."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{self.bucket}/*",
            "Condition": {"StringEquals": {"AWS:SourceArn": distribution}},
        }
        self.aws.clients.s3.put_bucket_policy(Bucket=self.bucket, Policy=policy_document(statement))

    def __call__(self, method: str, path: str, **request: Any) -> Any:
        """The answer to a request."""
        return self.aws.http(method, path, headers={"Host": self.host}, **request)


def _routed(origin: str, headers: str) -> dict[str, Any]:
    return {
        "TargetOriginId": origin,
        "ViewerProtocolPolicy": "allow-all",
        "AllowedMethods": {"Quantity": len(METHODS), "Items": list(METHODS)},
        "CachePolicyId": CACHING_DISABLED,
        **({"ResponseHeadersPolicyId": headers} if headers else {}),
    }


def _origin(api: DeployedApi) -> dict[str, Any]:
    return {
        "Id": "api",
        "DomainName": "localhost",
        "OriginPath": f"/_aws/execute-api/{api.id}/$default",
        "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "X-Origin-Verify", "HeaderValue": "known"}]},
        "CustomOriginConfig": {
            "HTTPPort": int(str(api.aws.endpoint).rpartition(":")[2]),
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "http-only",
        },
    }


@checked(source=f"{GUIDE}/DefaultRootObject.html")
def a_distribution_serves_its_bucket_with_a_root_object(aws: AwsAccount) -> None:
    """A distribution serves its bucket's objects, and its root object at /."""
    site = Site(aws)
    for path in ("/", "/index.html"):
        answer = site("GET", path)
        expect((answer.status_code, answer.text) == (200, PAGE), f"{path}: {answer.status_code} {answer.text[:200]}")


@checked(source=f"{GUIDE}/private-content-restricting-access-to-s3.html")
def a_distribution_that_its_bucket_does_not_name_is_refused(aws: AwsAccount) -> None:
    """A bucket whose policy names another distribution answers 403."""
    status = Site(aws, named=False)("GET", "/").status_code
    expect(status == 403, f"status {status}")


@checked(source=f"{GUIDE}/adding-response-headers.html")
def a_distribution_adds_the_headers_of_its_policy(aws: AwsAccount) -> None:
    """A response headers policy adds its headers to every answer."""
    policy = aws.clients.cloudfront.create_response_headers_policy(
        ResponseHeadersPolicyConfig={
            "Name": aws.name("headers"),
            "SecurityHeadersConfig": {"FrameOptions": {"Override": True, "FrameOption": "DENY"}},
        }
    )["ResponseHeadersPolicy"]["Id"]
    found = Site(aws, headers=policy)("GET", "/").headers.get("x-frame-options")
    expect(found == "DENY", f"header {found}")


@checked(source=f"{GUIDE}/add-origin-custom-headers.html")
def a_distribution_reaches_an_api_with_the_origins_own_header(aws: AwsAccount) -> None:
    """Requests of a path pattern go to that origin, with the header that only the distribution knows."""
    answer = Site(aws, api=DeployedApi(aws, "POST /v1/orders"))("POST", "/v1/orders", json={"lines": []})
    expect(answer.status_code == 202, f"status {answer.status_code}")
    found = answer.json()["headers"].get("x-origin-verify")
    expect(found == "known", f"header {found}")


@checked(source=f"{GUIDE}/RequestAndResponseBehaviorCustomOrigin.html")
def a_distribution_tells_an_api_who_asked(aws: AwsAccount) -> None:
    """An origin learns from Via, X-Amz-Cf-Id and X-Forwarded-For that and for whom the distribution asks."""
    reported = Site(aws, api=DeployedApi(aws, "POST /v1/orders"))("POST", "/v1/orders", json={}).json()["headers"]
    expect("(CloudFront)" in reported.get("via", "") and reported.get("x-amz-cf-id"), f"headers {sorted(reported)}")
    expect(reported.get("x-forwarded-for"), f"headers {sorted(reported)}")


@checked(source=f"{GUIDE}/distribution-web-values-specify.html")
def a_page_and_its_api_have_one_origin(aws: AwsAccount) -> None:
    """A distribution serves a page and the API that it calls under one host, by path."""
    site = Site(aws, api=DeployedApi(aws, "POST /v1/orders"))
    page, called = site("GET", "/"), site("POST", "/v1/orders", json={})
    found = (page.status_code, page.text, called.status_code)
    expect(found == (200, PAGE, 202), f"page {page.status_code}, call {called.status_code}")


@checked(source=f"{GUIDE}/http-502-bad-gateway.html")
def an_unknown_distribution_serves_nothing(aws: AwsAccount) -> None:
    """A host that is no distribution's is answered with an error."""
    status = aws.http("GET", "/index.html", headers={"Host": "nothing.cloudfront.localhost"}).status_code
    expect(status >= 400, f"status {status}")
