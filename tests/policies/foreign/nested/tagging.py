"""Tags for everything that can carry some, by a stack transformation."""

from collections.abc import Mapping

import pulumi


def register_auto_tags(tags: Mapping[str, str]) -> None:
    """Have every resource with a `tags` argument carry some more."""

    def tagged(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith("aws:") or "tags" not in args.props:
            return None
        return pulumi.ResourceTransformationResult(
            {**args.props, "tags": {**(args.props["tags"] or {}), **tags}}, args.opts
        )

    pulumi.runtime.register_stack_transformation(tagged)
