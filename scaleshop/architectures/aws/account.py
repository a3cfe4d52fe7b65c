"""The AWS account that the operator's own credentials are for."""

from scaleshop.architectures.base import CloudAccount
from scaleshop.errors import CommandError, Exit


def find_account(region: str) -> CloudAccount:
    """The account, in a region; empty for the one of the user's settings.

    Raises:
        CommandError: there are no usable credentials, or no region.
    """
    import boto3  # noqa: PLC0415 - only where a cloud is meant
    from botocore.config import Config  # noqa: PLC0415

    quick = Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 1})
    try:
        client = boto3.client("sts", region_name=region or None, config=quick)
        return CloudAccount("account", client.get_caller_identity()["Account"], "region", client.meta.region_name)
    except Exception as error:  # whatever the SDK raises: none found, expired, no answer
        msg = f"No usable AWS credentials: {error}. Sign in (e.g. `aws sso login`), then try again."
        raise CommandError(msg, Exit.ENVIRONMENT) from error
