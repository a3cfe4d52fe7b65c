"""A table that scales when it is nearly full."""

import good
import pulumi_aws as aws

orders = good.table("orders", billing_mode="PROVISIONED", read_capacity=5, write_capacity=5)


def scaled(access: str) -> aws.appautoscaling.Target:
    return aws.appautoscaling.Target(
        f"orders-{access}", service_namespace="dynamodb", resource_id=orders.name.apply(lambda name: f"table/{name}"),
        scalable_dimension=f"dynamodb:table:{access}CapacityUnits", min_capacity=5, max_capacity=50, tags=good.TAGS,
    )  # fmt: skip


def tracking(access: str, value: float) -> aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs:
    return aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
        target_value=value,
        predefined_metric_specification={"predefined_metric_type": f"DynamoDB{access}CapacityUtilization"},
    )


read, write = scaled("Read"), scaled("Write")
aws.appautoscaling.Policy(
    "read", policy_type="TargetTrackingScaling", service_namespace="dynamodb", resource_id=read.resource_id,
    scalable_dimension=read.scalable_dimension, target_tracking_scaling_policy_configuration=tracking("Read", 70),
)  # fmt: skip
# finds: aws-sca-08 Policy 'write': target utilisation (85 %) leaves 15 % for what comes
aws.appautoscaling.Policy(
    "write", policy_type="TargetTrackingScaling", service_namespace="dynamodb", resource_id=write.resource_id,
    scalable_dimension=write.scalable_dimension, target_tracking_scaling_policy_configuration=tracking("Write", 85),
)  # fmt: skip
