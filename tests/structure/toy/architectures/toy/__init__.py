"""The toy architecture, as the command sees it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field
from scaleshop.architectures.toy.package import ToyPackage
from scaleshop.architectures.toy.plane import PLANE
from scaleshop.architectures.toy.shop import ToyShop

from engine.protocol import Package
from sandbox.handler import CatalogEntry
from sandbox.host.plane import Plane
from scaleshop.architectures.base import Architecture, DeployedShop, Endpoint
from scaleshop.diagram.vocabulary import Flow, Kind, Layer, Link, Vocabulary
from scaleshop.session import Session
from stacks.settings import SettingsModel, validate
from stacks.sizing import Bound, Sizing


class ToySettings(SettingsModel):
    """The settings of a toy stack."""

    environment: Literal["dev"]
    workers: list[Literal["orders", "inventory", "payment"]] = Field(max_length=3)
    sizing: Sizing


class ToyArchitecture(Architecture):
    """A service and its workers."""

    title = "the shop in one process"
    cloud = "the toy cloud"

    def parse_settings(self, values: Mapping[str, Any], *, stack: str) -> ToySettings:
        return validate(ToySettings, values, stack=stack)

    def derive_bounds(self, settings: ToySettings) -> Sequence[Bound[int | None]]:
        peak = settings.sizing.peak_orders_per_second
        return [Bound("service.rate", int(2 * peak), "requests/s", f"2 x {peak:g} orders/s")]

    @property
    def planes(self) -> Sequence[Plane]:
        return [PLANE]

    def packages(self, endpoint: Endpoint, settings: Any) -> Sequence[Package]:
        return [ToyPackage(lambda: endpoint("toy"))]

    def catalog(self) -> Sequence[CatalogEntry]:
        return [CatalogEntry(f"toy:shop:{kind}", "acts", "") for kind in ("Service", "Worker")]

    def deployed_shop(self, session: Session, outputs: Mapping[str, Any]) -> DeployedShop:
        return ToyShop(session, outputs)

    @property
    def vocabulary(self) -> Vocabulary:
        service, worker = "toy:shop:Service", "toy:shop:Worker"
        return Vocabulary(
            nodes={
                service: Kind("Service", "onprem.compute.Server", Layer.COMPUTE, public=True),
                worker: Kind("Worker", "onprem.compute.Server", Layer.COMPUTE),
            },
            links=(Link(worker, "service", None, Flow.EVENT),),
            rights=(),
            layers={},
            passes={},
            borne={},
            dead_letters={},
            counted={},
        )


ARCHITECTURE = ToyArchitecture
