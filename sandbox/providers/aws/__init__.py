"""The AWS provider of the sandbox."""

from sandbox.providers.aws.package import AwsPackage

__all__ = ["AwsPackage"]
