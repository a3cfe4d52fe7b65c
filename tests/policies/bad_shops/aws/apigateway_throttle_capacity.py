"""An API that admits more than the function behind it may run."""

import good
import pulumi_aws as aws

alarms = good.topic()
checkout = good.function("checkout", alarms, reserved_concurrent_executions=100)
api = good.api()
good.route(api, good.integration(api, checkout))
# finds: aws-sca-05 Stage 'stage': one route alone admits 401 requests/s to 'checkout'; at 0.25 s each that is 100.25
aws.apigatewayv2.Stage(
    "stage", api_id=api.id, name="$default", auto_deploy=True, tags=good.TAGS,
    default_route_settings={"throttling_rate_limit": 401, "throttling_burst_limit": 400},
)  # fmt: skip
