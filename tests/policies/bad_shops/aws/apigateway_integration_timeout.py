"""A function that goes on after its API has given up."""

import good
import pulumi_aws as aws

alarms = good.topic()
checkout = good.function("checkout", alarms, timeout=31)
api = good.api()
good.stage(api)
aws.lambda_.Permission(
    "api-may-invoke", action="lambda:InvokeFunction", function=checkout.name, principal="apigateway.amazonaws.com",
    source_arn=api.execution_arn.apply(lambda arn: f"{arn}/*/*"),
)  # fmt: skip
# finds: aws-sca-06 'checkout' may run for 31 s and the API waits for 30 s
behind = aws.apigatewayv2.Integration(
    "checkout", api_id=api.id, integration_type="AWS_PROXY", integration_uri=checkout.invoke_arn,
    payload_format_version="2.0",
)  # fmt: skip
good.route(api, behind)
