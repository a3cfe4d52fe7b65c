"""What the shop needs of API Gateway, CloudFront and S3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from plane_fixture import AwsPlane, named

pytestmark = pytest.mark.plane

TELL = """
    import json
    def handler(event, context):
        print("asked")
        told = {k: event.get(k) for k in ("version", "routeKey", "pathParameters", "queryStringParameters", "body",
                                          "headers", "isBase64Encoded")}
        told["authorizer"] = event["requestContext"].get("authorizer")
        told["method"] = event["requestContext"]["http"]["method"]
        headers = {"content-type": "application/json", "location": "/v1/orders/A-1"}
        return {"statusCode": 202, "headers": headers, "body": json.dumps(told)}
"""


class Api:
    """An HTTP API in front of a function."""

    def __init__(self, plane: AwsPlane, *routes: str, source: str = TELL) -> None:
        self.plane, api = plane, plane.clients.apigatewayv2
        self.id = api.create_api(Name=named("api"), ProtocolType="HTTP")["ApiId"]
        integration = api.create_integration(
            ApiId=self.id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=plane.function(source, Timeout=10),
            PayloadFormatVersion="2.0",
        )["IntegrationId"]
        for route in routes:
            api.create_route(ApiId=self.id, RouteKey=route, Target=f"integrations/{integration}")
        api.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)

    def __call__(self, method: str, path: str, **request: Any) -> Any:
        return self.plane.http(method, f"/_aws/execute-api/{self.id}/$default{path}", **request)


@pytest.fixture(scope="module")
def api(aws_plane: AwsPlane) -> Api:
    return Api(aws_plane, "GET /v1/orders/{order_id}", "POST /v1/orders", "GET /v1/orders")


@pytest.fixture(scope="module")
def site(aws_plane: AwsPlane, api: Api) -> tuple[str, str]:
    """A bucket and the host of a distribution in front of it and the API."""
    clients, bucket = aws_plane.clients, named("site")
    clients.s3.create_bucket(Bucket=bucket)
    clients.s3.put_object(Bucket=bucket, Key="index.html", Body=b"<h1>shop</h1>", ContentType="text/html")
    access = clients.cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": named("access"),
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]
    headers = clients.cloudfront.create_response_headers_policy(
        ResponseHeadersPolicyConfig={
            "Name": named("headers"),
            "SecurityHeadersConfig": {"FrameOptions": {"Override": True, "FrameOption": "DENY"}},
        }
    )["ResponseHeadersPolicy"]["Id"]
    made = clients.cloudfront.create_distribution(
        DistributionConfig=distribution(aws_plane, bucket, api.id, access, headers)
    )["Distribution"]
    allow(aws_plane, bucket, made["ARN"])
    return bucket, f"{made['DomainName'].split('.')[0]}.cloudfront.localhost"


def allow(plane: AwsPlane, bucket: str, distribution: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution}},
    }
    plane.clients.s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )


def distribution(plane: AwsPlane, bucket: str, api_id: str, access: str, headers: str) -> dict[str, Any]:
    def behaviour(origin: str) -> dict[str, Any]:
        methods = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
        return {
            "TargetOriginId": origin,
            "ViewerProtocolPolicy": "allow-all",
            "AllowedMethods": {"Quantity": len(methods), "Items": methods},
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",  # AWS's CachingDisabled
            "ResponseHeadersPolicyId": headers,
        }

    files = {
        "Id": "files",
        "DomainName": f"{bucket}.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
        "OriginAccessControlId": access,
    }
    api = {
        "Id": "api",
        "DomainName": "localhost",
        "OriginPath": f"/_aws/execute-api/{api_id}/$default",
        "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "X-Origin-Verify", "HeaderValue": "known"}]},
        "CustomOriginConfig": {
            "HTTPPort": int(plane.endpoint.rsplit(":", 1)[1]),
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "http-only",
        },
    }
    return {
        "CallerReference": named("made"),
        "Comment": "",
        "Enabled": True,
        "DefaultRootObject": "index.html",
        "Origins": {"Quantity": 2, "Items": [files, api]},
        "DefaultCacheBehavior": behaviour("files"),
        "CacheBehaviors": {"Quantity": 1, "Items": [{"PathPattern": "/v1/*", **behaviour("api")}]},
    }


def test_an_api_is_reached_under_a_path_and_gives_payload_2(api: Api) -> None:
    answer = api("GET", "/v1/orders/A-1?fields=a&fields=b")
    told = answer.json()
    assert told["version"] == "2.0"
    assert told["routeKey"] == "GET /v1/orders/{order_id}"
    assert told["pathParameters"] == {"order_id": "A-1"}
    assert told["queryStringParameters"] == {"fields": "a,b"}


def test_an_api_hands_over_method_headers_and_body_and_returns_what_the_function_says(api: Api) -> None:
    answer = api("POST", "/v1/orders", headers={"Idempotency-Key": "k-1"}, json={"lines": []})
    assert (answer.status_code, answer.headers["location"]) == (202, "/v1/orders/A-1")
    told = answer.json()
    assert told["headers"]["idempotency-key"] == "k-1"
    assert (told["method"], json.loads(told["body"]), told["isBase64Encoded"]) == ("POST", {"lines": []}, False)


def test_an_api_prefers_the_exact_route(api: Api) -> None:
    assert api("GET", "/v1/orders").json()["routeKey"] == "GET /v1/orders"


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/nothing"), ("DELETE", "/v1/orders")])
def test_an_api_answers_404_where_it_has_no_route(api: Api, method: str, path: str) -> None:
    assert api(method, path).status_code == 404


def test_an_api_answers_preflight_requests_from_its_own_cors_settings(aws_plane: AwsPlane) -> None:
    api = Api(aws_plane, "POST /v1/orders")
    cors = {"AllowOrigins": ["https://shop.example"], "AllowMethods": ["POST"], "AllowHeaders": ["idempotency-key"]}
    aws_plane.clients.apigatewayv2.update_api(ApiId=api.id, CorsConfiguration=cors)
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = api("OPTIONS", "/v1/orders", headers=asked)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def test_an_api_with_an_authorizer_answers_401_without_a_token(aws_plane: AwsPlane) -> None:
    api = Api(aws_plane, "GET /v1/orders")
    authorizer = aws_plane.clients.apigatewayv2.create_authorizer(
        ApiId=api.id,
        Name="jwt",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": "http://127.0.0.1:9", "Audience": ["shop"]},
    )["AuthorizerId"]
    (route,) = aws_plane.clients.apigatewayv2.get_routes(ApiId=api.id)["Items"]
    aws_plane.clients.apigatewayv2.update_route(
        ApiId=api.id, RouteId=route["RouteId"], AuthorizationType="JWT", AuthorizerId=authorizer
    )
    assert api("GET", "/v1/orders").status_code == 401
    assert api("GET", "/v1/orders", headers={"Authorization": "Bearer not.a.token"}).status_code == 401


def test_a_function_that_raises_is_a_server_error_at_the_api(aws_plane: AwsPlane) -> None:
    api = Api(aws_plane, "GET /", source="def handler(event, context):\n    raise ValueError('inside')")
    assert api("GET", "/").status_code >= 500


def test_a_distribution_serves_the_bucket_with_its_root_object(aws_plane: AwsPlane, site: tuple[str, str]) -> None:
    for path in ("/", "/index.html"):
        answer = aws_plane.http("GET", path, host=site[1])
        assert (answer.status_code, answer.text) == (200, "<h1>shop</h1>")


def test_a_distribution_adds_the_headers_of_its_policy(aws_plane: AwsPlane, site: tuple[str, str]) -> None:
    assert aws_plane.http("GET", "/", host=site[1]).headers["x-frame-options"] == "DENY"


def test_a_distribution_reaches_the_api_with_the_origins_own_header(aws_plane: AwsPlane, site: tuple[str, str]) -> None:
    answer = aws_plane.http("POST", "/v1/orders", host=site[1], json={"lines": []})
    assert answer.status_code == 202
    assert answer.json()["headers"]["x-origin-verify"] == "known"


def test_a_distribution_that_the_bucket_does_not_name_is_refused(aws_plane: AwsPlane, site: tuple[str, str]) -> None:
    bucket, host = site
    known = aws_plane.clients.s3.get_bucket_policy(Bucket=bucket)["Policy"]
    allow(aws_plane, bucket, "arn:aws:cloudfront::000000000000:distribution/ANOTHER")
    try:
        assert aws_plane.http("GET", "/", host=host).status_code == 403
    finally:
        aws_plane.clients.s3.put_bucket_policy(Bucket=bucket, Policy=known)


def test_an_unknown_distribution_serves_nothing(aws_plane: AwsPlane, site: tuple[str, str]) -> None:
    assert aws_plane.http("GET", "/index.html", host="nothing.cloudfront.localhost").status_code >= 400


def test_a_bucket_that_blocks_public_access_refuses_a_public_acl(aws_plane: AwsPlane) -> None:
    bucket, s3 = named("private"), aws_plane.clients.s3
    s3.create_bucket(Bucket=bucket, ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket=bucket)  # a new bucket has one
    s3.put_object(Bucket=bucket, Key="open", Body=b"", ACL="public-read")
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=bucket, Key="open", Body=b"", ACL="public-read")


def test_a_bucket_whose_owner_owns_everything_refuses_acls(aws_plane: AwsPlane) -> None:
    bucket, s3 = named("owned"), aws_plane.clients.s3
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    with pytest.raises(ClientError, match="AccessControlListNotSupported"):
        s3.put_object(Bucket=bucket, Key="open", Body=b"", ACL="public-read")


def test_a_bucket_that_holds_objects_is_not_deleted(aws_plane: AwsPlane) -> None:
    bucket, s3 = named("full"), aws_plane.clients.s3
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="kept", Body=b"kept")
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket=bucket)
    assert s3.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"kept"


def test_a_versioned_bucket_keeps_what_was_overwritten(aws_plane: AwsPlane) -> None:
    bucket, s3 = named("versions"), aws_plane.clients.s3
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="page", Body=b"first")["VersionId"]
    s3.put_object(Bucket=bucket, Key="page", Body=b"second")
    assert s3.get_object(Bucket=bucket, Key="page", VersionId=first)["Body"].read() == b"first"
