"""Whether the caller may do what a deployment does, asked of IAM's own simulator."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scaleshop.doctor.findings import Finding, fail, ok, warn

CHECK = "permissions"
# Well below the simulator's limit on a request's size.
BATCH = 100
SHOWN = 12


def examine(client: Callable[[str], Any], caller: str, wanted: Sequence[str]) -> Finding:
    """Which of the wanted actions the caller's policies deny.

    Args:
        client: An AWS client by service name.
        caller: The caller's ARN, as `sts:GetCallerIdentity` has it.
        wanted: Action names.
    """
    if caller.endswith(":root"):
        return warn(CHECK, "the account's root user may do everything", "deploy with a role of its own")
    iam = client("iam")
    try:
        principal = _principal(iam, caller)
        denied = [action for batch in _batches(wanted) for action in _find_denied(iam, principal, batch)]
    except (BotoCoreError, ClientError) as error:
        return warn(CHECK, f"can't be simulated: {error}", "allow iam:SimulatePrincipalPolicy and iam:GetRole")
    if not denied:
        # Resource-based policies and conditions on resources are not part of this simulation:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
        return ok(CHECK, f"{principal} may do all {len(wanted)} actions that the stack needs, by its own policies")
    more = f" and {len(denied) - SHOWN} more (see --json)" if len(denied) > SHOWN else ""
    detail = f"{principal} lacks {len(denied)} of {len(wanted)} actions: {', '.join(denied[:SHOWN])}{more}"
    return fail(CHECK, detail, f"ask your administrator to allow them: {' '.join(denied)}")


def _principal(iam: Any, caller: str) -> str:
    """The user's or role's own ARN; a session's names the role without its path."""
    parts = caller.split(":", maxsplit=5)
    kind, _, rest = parts[5].partition("/")
    if kind != "assumed-role":
        return caller
    return str(iam.get_role(RoleName=rest.split("/", maxsplit=1)[0])["Role"]["Arn"])


def _find_denied(iam: Any, principal: str, batch: Sequence[str]) -> Iterable[str]:
    pages = iam.get_paginator("simulate_principal_policy").paginate(PolicySourceArn=principal, ActionNames=list(batch))
    for page in pages:
        for result in page["EvaluationResults"]:
            if result["EvalDecision"] != "allowed":
                yield result["EvalActionName"]


def _batches(wanted: Sequence[str]) -> Iterable[Sequence[str]]:
    return (wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH))
