"""HTTP APIs of a running plane: what needs more than one behaviour of AWS, or is none."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from http_api import Authority, DeployedHttpApi, read_lines, serve_authority
from running_emulator import RunningEmulator, make_name, run_emulator, wait_until

pytestmark = pytest.mark.plane

FAILS = "def handler(event, context):\n    print('asked')\n    raise ValueError('out of stock')\n"
PAGE = b"<script type=module src=app.js></script>"


@pytest.fixture(scope="module")
def tokens() -> Iterator[Authority]:
    with serve_authority() as found:
        yield found


def secure(api: DeployedHttpApi, tokens: Authority, *scopes: str) -> DeployedHttpApi:
    client = api.plane.clients.apigatewayv2
    made = client.create_authorizer(
        ApiId=api.id,
        Name="jwt",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": tokens.url, "Audience": ["shop"]},
    )
    client.update_route(
        ApiId=api.id,
        RouteId=api.route,
        AuthorizationType="JWT",
        AuthorizerId=made["AuthorizerId"],
        AuthorizationScopes=list(scopes),
    )
    return api


def test_a_token_is_passed_to_the_function_and_the_log_and_a_refused_one_is_challenged(
    emulator: RunningEmulator, tokens: Authority
) -> None:
    api, group = secure(DeployedHttpApi(emulator), tokens, "orders:read"), make_name("access")
    emulator.clients.logs.create_log_group(logGroupName=group)
    api.configure_log(group)

    def call(**claims: Any) -> httpx.Response:
        answer: httpx.Response = api(headers={"Authorization": f"Bearer {tokens.token(**claims)}"})
        return answer

    allowed, unscoped, other = call(scope="orders:read x"), call(scope="x"), call(scope="orders:read", aud="elsewhere")
    context = allowed.json()["requestContext"]["authorizer"]["jwt"]
    assert (context["claims"]["sub"], context["scopes"]) == ("customer-1", ["orders:read", "x"])
    assert (unscoped.status_code, unscoped.json()) == (403, {"message": "Forbidden"})
    assert 'error="insufficient_scope"' in unscoped.headers["www-authenticate"]
    assert other.status_code == 401
    assert "does not have a valid audience" in other.headers["www-authenticate"]
    written = wait_until(lambda: found if len(found := read_lines(emulator, group)) == 3 else None, "three lines")
    assert [line["status"] for line in written] == ["200", "403", "401"]
    assert written[0]["sub"] == "customer-1"
    assert written[2]["refused"] == "the token does not have a valid audience"


def test_an_owners_domain_is_served_where_the_default_endpoint_is_closed(emulator: RunningEmulator) -> None:
    api, client, domain = DeployedHttpApi(emulator), emulator.clients.apigatewayv2, "api.shop.example"
    certificate = f"arn:aws:acm:us-east-1:000000000000:certificate/{make_name('c')}"
    client.create_domain_name(DomainName=domain, DomainNameConfigurations=[{"CertificateArn": certificate}])
    client.create_api_mapping(DomainName=domain, ApiId=api.id, Stage="$default", ApiMappingKey="shop")
    client.update_api(ApiId=api.id, DisableExecuteApiEndpoint=True)
    assert api().status_code == 404
    answer = emulator.http("GET", "/shop/v1/orders", host=domain)
    context = answer.json()["requestContext"]
    assert (answer.json()["rawPath"], context["domainName"], context["domainPrefix"]) == ("/v1/orders", domain, "api")


def distribute(plane: RunningEmulator, api: DeployedHttpApi, **origin: Any) -> str:
    """The label of a distribution with a page at `/` and an API under `/v1`."""
    bucket, client = make_name("site"), plane.clients.cloudfront
    plane.clients.s3.create_bucket(Bucket=bucket)
    plane.clients.s3.put_object(Bucket=bucket, Key="index.html", Body=PAGE, ContentType="text/html")
    access = client.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": make_name("access"),
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]
    behaviour = {
        "ViewerProtocolPolicy": "allow-all",
        "AllowedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
        "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",  # AWS's CachingDisabled
        "OriginRequestPolicyId": "b689b0a8-53d0-40ab-baf2-68738e2966ac",  # AWS's AllViewerExceptHostHeader
    }
    files = {
        "Id": "files",
        "DomainName": f"{bucket}.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
        "OriginAccessControlId": access,
    }
    port = int(plane.endpoint.rsplit(":", 1)[1])
    custom = {"HTTPPort": port, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"}
    usual = {"DomainName": "localhost", "OriginPath": f"/_aws/execute-api/{api.id}/$default"}
    behind = {"Id": "api", "CustomOriginConfig": custom, **usual, **origin}
    made = client.create_distribution(
        DistributionConfig={
            "CallerReference": make_name("made"),
            "Comment": "",
            "Enabled": True,
            "DefaultRootObject": "index.html",
            "Origins": {"Quantity": 2, "Items": [files, behind]},
            "DefaultCacheBehavior": {"TargetOriginId": "files", **behaviour},
            "CacheBehaviors": {
                "Quantity": 1,
                "Items": [{"PathPattern": "/v1/*", "TargetOriginId": "api", **behaviour}],
            },
        }
    )["Distribution"]
    reads = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": made["ARN"]}},
    }
    plane.clients.s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    )
    return str(made["DomainName"].split(".")[0])


def test_page_and_api_of_a_shop_have_one_address_in_every_browser(emulator: RunningEmulator) -> None:
    label = distribute(emulator, DeployedHttpApi(emulator))
    with httpx.Client(trust_env=False, base_url=emulator.endpoint, follow_redirects=True, timeout=20) as browser:
        page = browser.get(f"/_aws/cloudfront/{label}/")
        assert (page.status_code, page.content, page.url.path) == (200, PAGE, "/")
        called = browser.get("/v1/orders?limit=6", headers={"Origin": emulator.endpoint})
        event = called.json()
        assert (event["rawPath"], event["rawQueryString"]) == ("/v1/orders", "limit=6")
        assert "cookies" not in event, "the plane's own cookie is not the shop's"
        assert browser.get("/_sandbox/status").status_code == 200
    assert emulator.clients.sqs.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_distribution_at_its_own_name_serves_the_same(emulator: RunningEmulator) -> None:
    host = (
        f"{distribute(emulator, DeployedHttpApi(emulator))}.cloudfront.localhost:{emulator.endpoint.rsplit(':', 1)[1]}"
    )
    assert emulator.http("GET", "/", host=host).content == PAGE
    assert emulator.http("GET", "/v1/orders", host=host).json()["requestContext"]["routeKey"] == "GET /v1/orders"
    assert emulator.http("POST", "/v1/orders", host=host).status_code == 403, "a method that it does not allow"


def test_a_distribution_reaches_an_api_by_the_owners_domain(emulator: RunningEmulator) -> None:
    api, client, domain = DeployedHttpApi(emulator), emulator.clients.apigatewayv2, "orders.shop.example"
    certificate = f"arn:aws:acm:us-east-1:000000000000:certificate/{make_name('c')}"
    client.create_domain_name(DomainName=domain, DomainNameConfigurations=[{"CertificateArn": certificate}])
    client.create_api_mapping(DomainName=domain, ApiId=api.id, Stage="$default")
    host = f"{distribute(emulator, api, DomainName=domain, OriginPath='')}.cloudfront.localhost"
    assert emulator.http("GET", "/v1/orders", host=host).json()["requestContext"]["domainName"] == domain


def test_a_log_group_that_is_gone_costs_lines_and_no_request(emulator: RunningEmulator) -> None:
    api, before = DeployedHttpApi(emulator), emulator.figures("apigateway")["access_log_lines"]["lost"]
    api.configure_log(make_name("gone"))
    assert api().status_code == 200
    wait_until(
        lambda: emulator.figures("apigateway")["access_log_lines"]["lost"] == before + 1, "the line is counted as lost"
    )


def test_paths_that_are_no_apis_stay_the_emulators(emulator: RunningEmulator) -> None:
    assert emulator.http("GET", "/_aws/execute-api/00000000/$default/x").status_code == 404
    assert emulator.http("GET", "/_ministack/health").status_code == 200


def test_lines_that_wait_are_written_when_the_plane_stops(tmp_path: Path) -> None:
    with run_emulator(tmp_path, serve=("--access-log-seconds", "3600")) as plane:
        api, group = DeployedHttpApi(plane), make_name("access")
        plane.clients.logs.create_log_group(logGroupName=group)
        api.configure_log(group)
        assert api().status_code == 200
        plane.restart()
        assert [line["status"] for line in read_lines(plane, group)] == ["200"]


def test_functions_of_the_emulators_own_executor_are_behind_the_same_api(tmp_path: Path) -> None:
    with run_emulator(tmp_path, without="functions") as plane:
        assert DeployedHttpApi(plane)().json()["routeKey"] == "GET /v1/orders"
        answer = DeployedHttpApi(plane, source=FAILS)()
        assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


def test_the_emulator_alone_neither_throttles_nor_hides_errors(emulator_alone: RunningEmulator) -> None:
    api = DeployedHttpApi(emulator_alone, source=FAILS)
    api.configure_stage(DefaultRouteSettings={"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 1})
    answers = [api() for _ in range(3)]
    assert {answer.status_code for answer in answers} == {502}
    assert all("out of stock" in answer.text for answer in answers)
