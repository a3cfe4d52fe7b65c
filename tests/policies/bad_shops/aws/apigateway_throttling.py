"""An API without throttles."""

import good
import pulumi_aws as aws

api = good.api()
# finds: aws-sca-04 Stage 'stage': defaultRouteSettings has no rate limit and no burst limit
aws.apigatewayv2.Stage("stage", api_id=api.id, name="$default", auto_deploy=True, tags=good.TAGS)
