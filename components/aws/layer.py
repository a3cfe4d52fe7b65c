"""The layer with the functions' third-party packages."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.function import ARCHITECTURE, RUNTIME


class FunctionLayerArgs(TypedDict):
    """Inputs of `FunctionLayer`."""

    archive: Input[pulumi.Archive]
    """The packages under `python/`, built for the functions' platform; a change replaces the version."""
    description: NotRequired[Input[str]]
    """What it holds (default empty)."""


class FunctionLayer(pulumi.ComponentResource):
    """A Lambda layer version for this toolkit's runtime and architecture.

    Cost: storage within Lambda's 75 GB is free (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).

    Example:
        ```python
        FunctionLayer("dependencies", {"archive": pulumi.AssetArchive({"python/a.py": pulumi.StringAsset("A = 1")})})
        ```
    """

    arn: Output[str]
    """The version's ARN, for `LambdaService.layers`."""

    def __init__(self, name: str, args: FunctionLayerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:FunctionLayer", name, {}, opts)
        layer = aws.lambda_.LayerVersion(
            f"{name}-layer",
            layer_name=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
            code=args["archive"],
            description=args.get("description"),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            opts=ResourceOptions(parent=self),
        )
        self.arn = layer.arn
        self.register_outputs({"arn": self.arn})
