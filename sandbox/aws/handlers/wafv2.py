"""WAF: web ACLs."""

from sandbox.aws.handlers.state_only import StateOnlyHandler

HANDLERS = (
    StateOnlyHandler(
        "aws:wafv2/webAcl:WebAcl",
        note="Kept in the state; AWS would block requests that its rules match and limit those of one address.",
        arn="arn:aws:wafv2:{region}:{account}:global/webacl/{name}/{id}",
        replaces=frozenset({"name", "scope"}),
        name="name",
    ),
)
