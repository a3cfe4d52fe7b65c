"""A function that rules of every account may invoke."""

import good
import pulumi_aws as aws

worker = good.function("worker", good.topic())
# finds: aws-sec-06 Permission 'events': the service may invoke the function on behalf of any account
aws.lambda_.Permission("events", action="lambda:InvokeFunction", function=worker.name, principal="events.amazonaws.com")
