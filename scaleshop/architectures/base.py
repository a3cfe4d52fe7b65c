"""The port between the command and an architecture: one object that says everything the command must know of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

from scaleshop.errors import CommandError, Exit

if TYPE_CHECKING:
    from engine.protocol import Package
    from sandbox.contract.behaviour import Behaviour
    from sandbox.contract.target import ContractTarget
    from sandbox.handler import CatalogEntry
    from sandbox.host.plane import Plane
    from sandbox.host.progress import OnProgress
    from sandbox.host.supervisor import PlaneStatus
    from scaleshop.diagram.vocabulary import Vocabulary
    from scaleshop.doctor.findings import Finding
    from scaleshop.session import Session
    from stacks.sizing import Bound
    from trials.chaos.platform import Platform
    from trials.lake import Lake
    from trials.proof import Proof

Endpoint: TypeAlias = Callable[[str], str | None]
"""Where a data plane serves, by its name; None where it does not run."""
Config: TypeAlias = Mapping[str, str]
"""A stack's configuration by full key, `scaleshop:settings`; objects as JSON text."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a unit of the shop has logged."""

    unit: str
    timestamp: int
    """Milliseconds since the epoch."""
    message: str


@dataclass(frozen=True, slots=True)
class CloudAccount:
    """The account, project or cluster that the operator's own credentials are for."""

    kind: str
    """What the cloud calls it: `account`, `project`, `cluster`."""
    id: str
    place_kind: str
    """What the cloud calls a place in it: `region`."""
    place: str

    def __str__(self) -> str:
        """Both, as a person is asked about them."""
        return f"{self.kind} {self.id}, {self.place_kind} {self.place}"


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm of the sandbox that is firing."""

    name: str
    since: str
    reason: str


@dataclass(frozen=True, slots=True)
class SupplementDetails:
    """A behaviour of the cloud that the sandbox adds to an emulator."""

    name: str
    adds: str
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlaneDetails:
    """What a running data plane says of itself."""

    supplements: Sequence[SupplementDetails] = ()
    alarms: Sequence[Alarm] = ()
    """Those that are firing, the longest first."""


@dataclass(frozen=True, slots=True)
class UnenforcedPermission:
    """A permission that the cloud asks for and the sandbox does not."""

    what: str
    actions: Sequence[str]
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class GrantUsage:
    """One action on one resource that a policy of the stack allows."""

    holder: str
    """The role, or the resource with a policy of its own, in full."""
    policy: str
    action: str
    resource: str
    """What the action is done to; whom a resource's policy lets in."""
    count: int
    """Calls that it allowed since the plane was made."""
    use: Literal["used", "unused", "not enforced"]
    note: str
    """Why it is never asked for here; empty if it is."""


@dataclass(frozen=True, slots=True)
class GrantReport:
    """What the sandbox has recorded of grants."""

    grants: Sequence[GrantUsage]
    refused: Sequence[Mapping[str, Any]]
    """Calls that no grant allowed: `holder`, `action`, `resource`, `count`."""


@dataclass(frozen=True, slots=True)
class Laboratory:
    """A data plane of its own that proofs deploy small programs on."""

    packages: Callable[[], Sequence["Package"]]
    config: Config
    client: Callable[[str], Any]
    """An API client of a service of the plane."""


@dataclass(frozen=True)
class DeployedShop(ABC):
    """A shop that is up, as its operators reach it with their own credentials.

    Every method raises CommandError where the shop, or the data plane under it, does not answer.
    """

    session: "Session"
    outputs: Mapping[str, Any]
    """The stack's."""

    @property
    def api_url(self) -> str:
        """Where the HTTP API answers."""
        return str(self.outputs["apiUrl"])

    @property
    @abstractmethod
    def storefront_url(self) -> str:
        """Where browsers go."""

    @abstractmethod
    def operate(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Carry out an action of the shop's `ops` entry point.

        Raises:
            CommandError: it was refused, or the entry point failed.
            trials.operators.BusyError: it takes no call at the moment.
        """

    @property
    @abstractmethod
    def units(self) -> Collection[str]:
        """The parts of the shop that write logs: `checkout`, `orders`..."""

    @abstractmethod
    def read_logs(self, units: Sequence[str], since: int, *, follow: bool) -> Iterator[LogLine]:
        """What units have logged since a moment in milliseconds, oldest first; with `follow` for ever."""

    def analytics(self) -> "Lake | None":
        """What analytics counts, None where the deployment has none."""
        return None

    def platform(self) -> "Platform":
        """What experiments may do to the deployment."""
        raise CommandError("This architecture has no experiments.", Exit.USAGE)

    def count_workers(self) -> int | None:
        """How many workers of the shop run now, None where nobody can say."""
        return None


class Architecture(ABC):
    """One architecture. Everything heavy is imported by the method that needs it."""

    title: str
    """What it is called in sentences."""
    cloud: str
    """The name of its platform in sentences."""
    placeholders: Config = MappingProxyType({})
    """In the place of secrets, which only the Pulumi CLI can open, where a program is run for its graph alone."""

    credentials: tuple[str, ...] = ()
    """How names of environment variables begin that hold the cloud's credentials: none reaches a sandbox."""

    sdks: tuple[str, ...] = ()
    """Modules that only its own folders import; the dependency group of its name installs them."""

    name: str
    """The name of its folder; set when it is loaded."""

    # The program and its settings.

    @abstractmethod
    def parse_settings(self, values: Mapping[str, Any], *, stack: str) -> Any:
        """The settings of a stack.

        Raises:
            stacks.settings.SettingsError: one line for each bad field.
        """

    @abstractmethod
    def derive_bounds(self, settings: Any) -> "Sequence[Bound[int | None]]":
        """Every bound that follows from the sizing block, with how."""

    def build_artifacts(self, notify: "OnProgress") -> None:  # noqa: B027 - most programs hand over nothing slow
        """Build what the program hands over, so that the slow part is shown and a missing network is named.

        Raises:
            CommandError: packages can't be fetched.
        """

    # The sandbox.

    @property
    @abstractmethod
    def planes(self) -> "Sequence[Plane]":
        """The data planes that a stack of it needs, in the order in which they start."""

    @abstractmethod
    def packages(self, endpoint: Endpoint, settings: Any) -> "Sequence[Package]":
        """The provider packages of the sandbox; without an endpoint they serve previews."""

    @abstractmethod
    def catalog(self) -> "Sequence[CatalogEntry]":
        """Every resource type with what the sandbox does about it."""

    def describe_plane(self, plane: "PlaneStatus") -> PlaneDetails:
        """What a data plane says of itself; nothing for one that does not run."""
        del plane
        return PlaneDetails()

    def unenforced_permissions(self) -> Sequence[UnenforcedPermission]:
        """What only the cloud asks for."""
        return ()

    def read_grants(self, endpoint: Endpoint) -> GrantReport:
        """The stack's grants with their use, as the data plane has recorded them."""
        del endpoint
        self._lacks("a record of its grants in the sandbox")

    def shorten(self, name: str) -> str:
        """The name of a role or resource without what is the same everywhere."""
        return name

    def parse_quotas(self, texts: Sequence[str]) -> Mapping[str, int]:
        """The quotas that `--quota NAME=NUMBER` options name.

        Raises:
            CommandError: one can't be set; every bad one is named.
        """
        if texts:
            self._lacks("quotas that --quota could set")
        return {}

    def apply_quotas(self, endpoint: Endpoint, quotas: Mapping[str, int], settings: Any) -> Mapping[str, int]:
        """Give the sandbox's account these quotas, and the cloud's defaults for the rest.

        Returns:
            The quotas that were set before and are the cloud's again.
        """
        del endpoint, quotas, settings
        return {}

    # What is deployed.

    @abstractmethod
    def deployed_shop(self, session: "Session", outputs: Mapping[str, Any]) -> DeployedShop:
        """The shop of a stack that is up, by its outputs."""

    # The cloud itself.

    def find_account(self, place: str, config: Config) -> CloudAccount:
        """The account that the operator's credentials are for.

        Args:
            place: Where in it; empty for what the configuration or the operator's own settings say.
            config: A stack's configuration.

        Raises:
            CommandError: there are no usable credentials, or no place.
        """
        del place, config
        self._lacks("a cloud to deploy to")

    def examine_account(self, session: "Session") -> "Iterable[Finding]":
        """What stands in the way of a first deployment to the cloud; nothing is changed."""
        del session
        self._lacks("checks of an account")

    # What is drawn, checked and proven.

    @property
    @abstractmethod
    def vocabulary(self) -> "Vocabulary":
        """How its resource types are drawn."""

    def behaviours(self) -> "Sequence[Behaviour]":
        """The contract of its sandbox: what the cloud does, with the documentation that says so."""
        return ()

    def contract_sandbox(self, notify: "OnProgress") -> "AbstractContextManager[ContractTarget]":
        """A sandbox on a free port to check the contract on; ended and removed afterwards."""
        del notify
        self._lacks("a contract")

    def contract_account(self, account: CloudAccount) -> "ContractTarget":
        """A real account to check the contract on."""
        del account
        self._lacks("a contract that an account could be checked against")

    def proofs(self) -> "Sequence[Proof]":
        """Proofs of its guardrails."""
        return ()

    def laboratory(self, notify: "OnProgress") -> AbstractContextManager[Laboratory]:
        """A data plane of its own for proofs; ended and removed afterwards."""
        del notify
        self._lacks("proofs")

    def _lacks(self, what: str) -> NoReturn:
        raise CommandError(f"Architecture '{self.name}' has no {what}.", Exit.USAGE)
