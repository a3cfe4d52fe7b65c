"""A pipeline of components within components, as awsx makes them; values come through their outputs."""

import pulumi
import pulumi_aws as aws
from parts import BufferedQueue, Front, Worker
from tagging import register_auto_tags

register_auto_tags({"owner": "data", "env": "prod", "service": "pipeline", "cost-center": "4711"})


class Pipeline(pulumi.ComponentResource):
    """Orders that are buffered and worked on."""

    def __init__(self, name: str, *, concurrency: int, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("acme:index:Pipeline", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        buffer = BufferedQueue(f"{name}-buffer", opts=child)
        self.worker = Worker(f"{name}-worker", reserved=20, opts=child)
        aws.lambda_.EventSourceMapping(
            f"{name}-mapping",
            event_source_arn=buffer.arn,
            function_name=self.worker.alias_arn,
            scaling_config={"maximum_concurrency": concurrency},
            function_response_types=["ReportBatchItemFailures"],
            opts=child,
        )
        nightly = aws.cloudwatch.EventRule(f"{name}-nightly", schedule_expression="cron(0 3 * * ? *)", opts=child)
        aws.cloudwatch.EventTarget(f"{name}-nightly", rule=nightly.name, arn=self.worker.alias_arn, opts=child)
        aws.lambda_.Permission(
            f"{name}-nightly",
            action="lambda:InvokeFunction",
            function=self.worker.function_name,
            qualifier=self.worker.alias_name,
            principal="events.amazonaws.com",
            source_arn=nightly.arn,
            opts=child,
        )
        self.register_outputs({"queueUrl": buffer.url})


orders = Pipeline("orders", concurrency=50)
Front("front", function_name=orders.worker.function_name, invoke_arn=orders.worker.invoke_arn)
