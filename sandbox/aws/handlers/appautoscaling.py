"""Application Auto Scaling: scalable targets and scaling policies."""

from sandbox.aws.handlers.state_only import StateOnlyHandler

HANDLERS = (
    StateOnlyHandler(
        "aws:appautoscaling/target:Target",
        note="Kept in the state; AWS would hold the table's capacity between the bounds. What is provisioned acts.",
        arn="arn:aws:application-autoscaling:{region}:{account}:scalable-target/{id}",
        replaces=frozenset({"resourceId", "scalableDimension", "serviceNamespace"}),
    ),
    StateOnlyHandler(
        "aws:appautoscaling/policy:Policy",
        note="Kept in the state; AWS would raise and lower the capacity with the load.",
        arn="arn:aws:autoscaling:{region}:{account}:scalingPolicy:{id}",
        replaces=frozenset({"name", "resourceId", "scalableDimension", "serviceNamespace"}),
        name="name",
    ),
)
