"""Wrong inputs of API Gateway, one at a time, with what the user reads."""

from check_rows import DROP, Row
from declaration_blocks import FAR_CERTIFICATE

ROWS = (
    Row(
        "api",
        {"corsConfiguration.allowOrigins": ["*"]},
        ('corsConfiguration.allowOrigins: has "*" beside allowCredentials; name each, or drop allowCredentials'),
    ),
    Row(
        "api",
        {"corsConfiguration.allowOrigins": ["shop.example.com"]},
        (
            'corsConfiguration.allowOrigins[0]: is "shop.example.com"; use an origin such as '
            'https://shop.example.com, or "*"'
        ),
    ),
    Row(
        "api",
        {"corsConfiguration.allowMethods": ["get"]},
        'corsConfiguration.allowMethods[0]: is "get"; use a method in capitals, or "*"',
    ),
    Row("api", {"corsConfiguration.maxAge": 86_401}, "corsConfiguration.maxAge: is 86401; use -1 to 86400"),
    Row("api", {"protocolType": "REST"}, 'protocolType: is "REST"; use WEBSOCKET or HTTP'),
    Row("route", {"routeKey": "/v1/orders"}, 'routeKey: is "/v1/orders"; use "GET /path", "ANY /path" or "$default"'),
    Row(
        "route",
        {"routeKey": "FETCH /v1/orders"},
        'routeKey: is "FETCH /v1/orders"; use "GET /path", "ANY /path" or "$default"',
    ),
    Row(
        "route",
        {"routeKey": "GET /v1/{proxy+}/orders"},
        "routeKey: has {proxy+} before its end; a greedy segment is the last one",
    ),
    Row(
        "route",
        {"routeKey": "GET /v1/{order id}"},
        'routeKey: is "GET /v1/{order id}"; use "GET /path", "ANY /path" or "$default"',
    ),
    Row(
        "route",
        {},
        'routeKey: is "GET /v1/orders/{order_id}", another route\'s as well; use one route for it',
        beside={"copy": ("route", {})},
    ),
    Row("route", {"target": "i1"}, 'target: is "i1"; use integrations/<id>'),
    Row("route", {"authorizerId": DROP}, "authorizerId: is missing; the authorizationType is JWT"),
    Row(
        "route",
        {"authorizationType": "NONE", "authorizationScopes": ["orders"]},
        "authorizationScopes: is set for the authorizationType NONE; use JWT or drop it",
    ),
    Row("route", {"authorizationType": "OIDC"}, 'authorizationType: is "OIDC"; use NONE, AWS_IAM, CUSTOM or JWT'),
    Row("integration", {"timeoutMilliseconds": 49}, "timeoutMilliseconds: is 49; use 50 to 30000"),
    Row("integration", {"timeoutMilliseconds": 30_001}, "timeoutMilliseconds: is 30001; use 50 to 30000"),
    Row(
        "integration",
        {"integrationType": "MOCK"},
        'integrationType: is "MOCK"; an HTTP API has AWS_PROXY and HTTP_PROXY',
    ),
    Row("integration", {"payloadFormatVersion": "3.0"}, 'payloadFormatVersion: is "3.0"; use 1.0 or 2.0'),
    Row("integration", {"integrationUri": DROP}, "integrationUri: is missing; the integrationType is AWS_PROXY"),
    Row(
        "integration",
        {"integrationUri": "worker"},
        'integrationUri: is "worker"; use an ARN such as arn:aws:<service>:...',
    ),
    Row(
        "integration",
        {"integrationType": "HTTP_PROXY", "integrationUri": "https://example.com"},
        "integrationMethod: is missing; the integrationType is HTTP_PROXY",
    ),
    Row("integration", {"connectionType": "VPC_LINK"}, "connectionId: is missing; the connectionType is VPC_LINK"),
    Row(
        "authorizer",
        {"jwtConfiguration": {"issuer": "https://login.example.com/"}},
        "jwtConfiguration.audiences: is missing; the authorizerType is JWT",
    ),
    Row(
        "authorizer",
        {"jwtConfiguration.issuer": DROP},
        "jwtConfiguration.issuer: is missing; the authorizerType is JWT",
    ),
    Row(
        "authorizer",
        {"jwtConfiguration.issuer": "login.example.com"},
        'jwtConfiguration.issuer: is "login.example.com"; use an https:// address',
    ),
    Row("authorizer", {"authorizerType": "REQUEST"}, "authorizerUri: is missing; the authorizerType is REQUEST"),
    Row("authorizer", {"authorizerResultTtlInSeconds": 3_601}, "authorizerResultTtlInSeconds: is 3601; use 0 to 3600"),
    Row(
        "stage",
        {"name": "the stage"},
        'name: is "the stage"; use "$default", or up to 128 letters, digits, hyphens and underscores',
    ),
    Row(
        "stage",
        {"defaultRouteSettings.throttlingBurstLimit": -1},
        "defaultRouteSettings.throttlingBurstLimit: is -1; use 0 or more",
    ),
    Row(
        "stage",
        {"routeSettings[0].throttlingRateLimit": -0.5},
        "routeSettings[0].throttlingRateLimit: is -0.5; use 0 or more",
    ),
    Row(
        "stage",
        {"routeSettings[0].routeKey": "GET /v2/orders"},
        'routeSettings[0].routeKey: is "GET /v2/orders", no route of the API; create it first (depends_on)',
    ),
    Row(
        "stage",
        {"accessLogSettings.destinationArn": "worker-logs"},
        (
            'accessLogSettings.destinationArn: is "worker-logs"; use an ARN such as '
            "arn:aws:logs:<region>:<account>:log-group:<name> or "
            "arn:aws:firehose:<region>:<account>:deliverystream/<name>"
        ),
    ),
    Row(
        "stage",
        {"accessLogSettings.format": "$context.status"},
        "accessLogSettings.format: has no $context.requestId; add it",
    ),
    Row(
        "domain",
        {"domainName": "API.shop.example.com"},
        'domainName: is "API.shop.example.com"; use a host name in small letters',
    ),
    Row(
        "domain",
        {"domainNameConfiguration.certificateArn": FAR_CERTIFICATE},
        (
            "domainNameConfiguration.certificateArn: is "
            '"arn:aws:acm:eu-west-1:000000000000:certificate/00000000-0000-4000-8000-000000000000", of '
            "another region; use a certificate of us-east-1"
        ),
    ),
    Row(
        "domain",
        {"domainNameConfiguration.certificateArn": "certificate"},
        (
            'domainNameConfiguration.certificateArn: is "certificate"; use an ARN such as '
            "arn:aws:acm:<region>:<account>:certificate/<id>"
        ),
    ),
    Row(
        "domain",
        {"domainNameConfiguration.securityPolicy": "TLS_1_0"},
        'domainNameConfiguration.securityPolicy: is "TLS_1_0"; use TLS_1_2',
    ),
    Row("api-mapping", {"apiMappingKey": "/v1"}, 'apiMappingKey: is "/v1"; drop the slash at its end'),
    Row(
        "authorizer",
        {"authorizerPayloadFormatVersion": "1.0", "enableSimpleResponses": True},
        'enableSimpleResponses: is true for the payload format "1.0"; use "2.0"',
    ),
    Row("stage", {"accessLogSettings.format": DROP}, "accessLogSettings.format: is missing; the log needs one"),
    Row("route", {"routeKey": "GET /v1/{order"}, 'routeKey: has the segment "{order"; use a word, {name} or {name+}'),
)
