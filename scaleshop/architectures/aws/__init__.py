"""The serverless AWS architecture, as the command sees it."""

import contextlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from scaleshop.architectures.base import (
    Architecture,
    CloudAccount,
    Config,
    Endpoint,
    GrantReport,
    Laboratory,
    PlaneDetails,
    UnenforcedPermission,
)
from scaleshop.errors import CommandError, Exit

if TYPE_CHECKING:
    from engine.protocol import Package
    from sandbox.contract.behaviour import Behaviour
    from sandbox.contract.target import ContractTarget
    from sandbox.handler import CatalogEntry
    from sandbox.host.plane import Plane
    from sandbox.host.progress import OnProgress
    from sandbox.host.supervisor import PlaneStatus
    from scaleshop.architectures.aws.shop import AwsShop
    from scaleshop.diagram.vocabulary import Vocabulary
    from scaleshop.doctor.findings import Finding
    from scaleshop.session import Session
    from stacks.aws.settings import AwsSettings
    from stacks.sizing import Bound
    from trials.proof import Proof


class AwsArchitecture(Architecture):
    """Lambda, SQS, DynamoDB, EventBridge, API Gateway, CloudFront."""

    title = "serverless on AWS"
    cloud = "AWS"
    credentials = ("AWS_",)
    sdks = ("boto3", "pulumi_aws")
    placeholders = MappingProxyType({"scaleshop:originVerify": '["drawn", "not used"]'})

    def parse_settings(self, values: Mapping[str, Any], *, stack: str) -> "AwsSettings":
        """See `Architecture`."""
        from stacks.aws.settings import parse  # noqa: PLC0415 - each method imports what it alone needs

        return parse(values, stack=stack)

    def derive_bounds(self, settings: "AwsSettings") -> "Sequence[Bound[int | None]]":
        """See `Architecture`."""
        from stacks.aws.sizing import derive  # noqa: PLC0415
        from stacks.sizing import list_bounds  # noqa: PLC0415

        return list_bounds(derive(settings.sizing))

    def build_artifacts(self, notify: "OnProgress") -> None:
        """Build the functions' dependency layer."""
        from components.aws.lambda_layer import LayerError  # noqa: PLC0415
        from sandbox.host.progress import report_step  # noqa: PLC0415
        from stacks.aws.bundle import build_dependencies, dependencies_are_built  # noqa: PLC0415

        try:
            if dependencies_are_built():
                return
            with report_step(notify, "layer", "building the functions' dependency layer"):
                build_dependencies()
        except LayerError as error:
            raise CommandError(str(error), Exit.ENVIRONMENT) from error

    @property
    def planes(self) -> "Sequence[Plane]":
        """The emulator, with the process of its functions."""
        from sandbox.aws.plane import PLANE  # noqa: PLC0415

        return [PLANE]

    def packages(self, endpoint: Endpoint, settings: "AwsSettings") -> "Sequence[Package]":
        """See `Architecture`."""
        from sandbox.aws.package import AwsPackage  # noqa: PLC0415

        concurrency = settings.sizing.account_concurrency
        return [AwsPackage(lambda: endpoint("aws"), account_concurrency=concurrency)]

    def catalog(self) -> "Sequence[CatalogEntry]":
        """See `Architecture`."""
        from sandbox.aws.package import AwsPackage  # noqa: PLC0415

        return AwsPackage.catalog()

    def describe_plane(self, plane: "PlaneStatus") -> PlaneDetails:
        """See `Architecture`."""
        from scaleshop.architectures.aws.planes import describe_plane  # noqa: PLC0415

        return describe_plane(plane)

    def unenforced_permissions(self) -> Sequence[UnenforcedPermission]:
        """See `Architecture`."""
        from sandbox.aws.emulator import unenforced_grants  # noqa: PLC0415

        return [UnenforcedPermission(one.what, tuple(one.actions), one.why, one.source) for one in unenforced_grants()]

    def read_grants(self, endpoint: Endpoint) -> GrantReport:
        """See `Architecture`."""
        from scaleshop.architectures.aws.grants import read_grants  # noqa: PLC0415

        return read_grants(endpoint("aws") or "")

    def shorten(self, name: str) -> str:
        """A role or resource without account, region and random letters."""
        from scaleshop.architectures.aws.grants import shorten  # noqa: PLC0415

        return shorten(name)

    def parse_quotas(self, texts: Sequence[str]) -> Mapping[str, int]:
        """See `Architecture`."""
        from scaleshop.architectures.aws.quotas import parse  # noqa: PLC0415

        return parse(texts)

    def apply_quotas(self, endpoint: Endpoint, quotas: Mapping[str, int], settings: "AwsSettings") -> Mapping[str, int]:
        """See `Architecture`."""
        from scaleshop.architectures.aws.quotas import apply  # noqa: PLC0415

        return apply(endpoint("aws") or "", quotas, settings.sizing.account_concurrency)

    def deployed_shop(self, session: "Session", outputs: Mapping[str, Any]) -> "AwsShop":
        """See `Architecture`."""
        from scaleshop.architectures.aws.shop import AwsShop  # noqa: PLC0415

        return AwsShop(session, outputs)

    def find_account(self, place: str, config: Config) -> CloudAccount:
        """See `Architecture`."""
        from scaleshop.architectures.aws.account import find_account  # noqa: PLC0415

        return find_account(place or config.get("aws:region", ""))

    def examine_account(self, session: "Session") -> "Iterable[Finding]":
        """See `Architecture`."""
        from scaleshop.architectures.aws.doctor.account import Account, examine  # noqa: PLC0415
        from scaleshop.diagram.plan import plan_graph  # noqa: PLC0415

        types = {resource.type for resource in plan_graph(session).resources.values()}
        return list(examine(Account(session.stack, session.config, session.settings, types)))

    @property
    def vocabulary(self) -> "Vocabulary":
        """See `Architecture`."""
        from scaleshop.architectures.aws.diagram import AWS  # noqa: PLC0415

        return AWS

    def behaviours(self) -> "Sequence[Behaviour]":
        """See `Architecture`."""
        from sandbox.aws.contract import behaviours  # noqa: PLC0415

        return behaviours()

    def contract_sandbox(self, notify: "OnProgress") -> "AbstractContextManager[ContractTarget]":
        """See `Architecture`."""
        from sandbox.aws.contract.fixtures.target import own_sandbox  # noqa: PLC0415

        return own_sandbox(notify)

    def contract_account(self, account: CloudAccount) -> "ContractTarget":
        """See `Architecture`."""
        from sandbox.aws.contract.fixtures.target import real_account  # noqa: PLC0415

        return real_account(account.id, account.place)

    def proofs(self) -> "Sequence[Proof]":
        """See `Architecture`."""
        from trials.proof import proofs  # noqa: PLC0415

        return proofs(self.name)

    @contextlib.contextmanager
    def laboratory(self, notify: "OnProgress") -> Generator[Laboratory]:
        """See `Architecture`."""
        from sandbox.aws.contract.fixtures.target import own_sandbox  # noqa: PLC0415
        from sandbox.aws.package import AwsPackage  # noqa: PLC0415

        with own_sandbox(notify) as target:
            yield Laboratory(
                packages=lambda: [AwsPackage(target.endpoint)],
                config={"aws:region": target.clients.region},
                client=lambda service: getattr(target.clients, service),
            )


ARCHITECTURE = AwsArchitecture
