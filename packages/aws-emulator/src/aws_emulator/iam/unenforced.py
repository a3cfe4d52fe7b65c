"""What AWS asks permission for and the sandbox does not: one list, for the documentation, `status` and `grants`."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal


@dataclass(frozen=True, slots=True)
class Unenforced:
    """Something that a missing grant does not break here."""

    what: str
    """For users."""
    why: str
    """Why it is not asked for, and what shows it on AWS."""
    source: str
    """AWS's documentation of the need."""
    kind: Literal["role", "resource"] = "role"
    """Whose grants `actions` are: a role's, or those of a resource's policy."""
    actions: tuple[str, ...] = ()
    """Actions that such grants allow and nothing here asks for, with wildcards."""
    on: str = "*"
    """Resources of those grants, or the services that they let in, with wildcards."""


FIREHOSE = "https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html"
UNENFORCED: Sequence[Unenforced] = (
    Unenforced(
        "traces of functions",
        "there is no X-Ray here; on AWS a function without the right runs, and its traces are missing",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
        actions=("xray:*",),
    ),
    Unenforced(
        "batches from rules to Firehose",
        "here a rule hands Firehose one record at a time",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-target-firehose.html",
        actions=("firehose:PutRecordBatch",),
    ),
    Unenforced(
        "Firehose's look at its bucket",
        "here it writes each object whole and looks at nothing before; on AWS delivery fails",
        FIREHOSE,
        actions=("s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"),
    ),
    Unenforced(
        "the look of Firehose and of event source mappings at a bucket",
        "here they write without listing; a client's own listing is asked for and counted",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html",
        actions=("s3:ListBucket",),
    ),
    Unenforced(
        "notices of budgets",
        "there is no bill here that could pass a budget",
        "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html",
        kind="resource",
        actions=("sns:Publish",),
        on="budgets.amazonaws.com",
    ),
    Unenforced(
        "resource policies of tables and event buses",
        "the emulator stores them; on AWS a Deny in them counts, and other accounts come in by them",
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html",
    ),
    Unenforced(
        "keys of KMS behind queues, topics, tables and logs",
        "here data of an encrypted resource is read without kms:Decrypt; on AWS producers and consumers need it",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
    ),
    Unenforced(
        "encrypted connections",
        "the sandbox speaks plain HTTP, so a statement that denies it is left out; on AWS it is in force",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport",
    ),
    Unenforced(
        "rights of those who deploy",
        "the sandbox is deployed by its account's root; on AWS iam:PassRole and each Create call are asked for",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    ),
    Unenforced(
        "policies of an organisation",
        "there is one account here, in no organisation",
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
    ),
)


def find_unenforced_grant(kind: str, action: str, resource: str) -> Unenforced | None:
    """Why nothing here asks for a grant; None when its use is counted."""
    for entry in UNENFORCED:
        if (
            entry.kind == kind
            and any(fnmatchcase(action, pattern) for pattern in entry.actions)
            and fnmatchcase(resource, entry.on)
        ):
            return entry
    return None
