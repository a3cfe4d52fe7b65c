"""What a supplement is: one behaviour of AWS that the emulator lacks, put in beside it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from aws_emulator.patches.emulator import Emulator, ServiceRequest


class Supplement:
    """A behaviour, listed apart from the emulator's own in `scaleshop status`.

    It goes when the emulator learns the behaviour; a contract test of the emulator alone says so.
    """

    name: ClassVar[str]
    adds: ClassVar[str]
    """What AWS does and the emulator alone does not, in one line for users."""

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        self.emulator, self.settings = emulator, settings

    def install(self) -> None:
        """Change the emulator, before it serves; the state of neither is there yet."""

    def load(self, state: Any) -> None:
        """Take what `save` gave in the run before. Called after the emulator has read its own state."""

    async def start(self) -> None:
        """Begin work in the background, on the emulator's loop or in threads."""

    async def stop(self) -> None:
        """End it; nothing that was taken in is dropped, `save` follows."""

    def save(self) -> Any:
        """What the next run needs, as JSON; None for nothing."""
        return None

    def reset(self) -> None:
        """Forget everything: the emulator was emptied."""

    def figures(self) -> Mapping[str, Any]:
        """What it does now, as JSON for `scaleshop status`."""
        return {}

    async def administer(self, request: ServiceRequest) -> tuple[int, Any] | None:  # noqa: ARG002 - for those that answer
        """Answer a request to `/_sandbox/<name>/<path>` with a status and JSON; None where there is nothing."""
        return None
