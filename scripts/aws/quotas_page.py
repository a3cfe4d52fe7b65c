"""docs/reference/aws/quotas.md: every quota that the sandbox knows, and who holds it."""

from sandbox.aws.emulator import AwsQuota, known_quotas
from scripts.tables import code, page, table

INTRODUCTION = """\
What an account of AWS may do, and what the sandbox holds of it. The numbers are AWS's defaults; `scaleshop up --quota
lambda.concurrency=10` shows what an account with less would do. A quota that is set holds at once, also after a stop of
the data plane, until the next `scaleshop up`. That sets all of them anew: those that it names, Lambda's concurrency to
what `sizing.account_concurrency` states, and all others to AWS's. `scaleshop status` shows what is not AWS's."""
CAPACITY = """\
## Throughput of tables

Provisioned units are kept for 300 seconds while they are not used, by a table and by each global index; a new table
begins with those of one second. A maximum on demand is kept for one second: AWS calls it a target that bursts may
exceed, the sandbox does not exceed it. A request is let in while what is left covers its whole cost; one that costs
more than can ever be kept is let in when everything is there. Batches are done in part and name the rest, transactions
are done whole or cancelled. PartiQL is not counted.
Sources: [units](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html),
[bursts](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html),
[maxima on demand](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html),
[reasons](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html)."""
RECORDS = """\
## What stays a record, and why

**Application Auto Scaling.** Targets and policies of the component `Table` are kept in the stack's state. No stack here
provisions capacity: its tables are on demand, with maxima that act. Where one does, AWS changes the units minutes after
the load has changed, from alarms on one-minute metrics
([how it works](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html)), which no run here
lasts for; what is provisioned when the load arrives is what counts, and that acts. To see the rest, change the
capacity: it holds from the next request on.

**Shifting an alias's traffic in steps** is CodeDeploy's, which the stack does not use: it points its aliases at the new
version at once. The weights of an alias act, so that a step can be made by hand
([UpdateAlias](https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html)).

**Rotation of secrets** is stored: RotateSecret calls no function here, and no secret of the stack rotates. AWS calls
the function for its [four steps](https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html),
at once and by schedule."""


def quotas_page() -> str:
    """The page."""
    rows = [_row(quota) for quota in known_quotas().values()]
    columns = ["quota", "default", "bounds", "above it", "enforced by", "`--quota` takes", "source"]
    return page("Quotas", INTRODUCTION, table(columns, rows), CAPACITY, RECORDS)


def _row(quota: AwsQuota) -> list[str]:
    source = quota.source.removesuffix(".html").rpartition("/")[2]
    takes = f"{quota.lowest:,} to {quota.highest:,}" if quota.highest else "nothing: AWS fixes it"
    return [
        code(quota.name),
        f"{quota.default:,} {quota.unit}",
        quota.limits,
        quota.error,
        quota.enforced_by,
        takes,
        f"[{source}]({quota.source})",
    ]
