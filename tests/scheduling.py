"""How files are handed to workers: one that deploys a shop at a time, and light ones beside it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from selection import deploys_a_shop
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

# A function that starts costs a processor's second, and a shop starts many at once: beside another shop its customers
# would wait for processors on two cores. Light files run beside it.
DEPLOYED_AT_ONCE = 1


def choose_file(waiting: Iterable[str], deployed: int) -> str | None:
    """The file that a free worker takes next, None where it had better end.

    Args:
        waiting: Files that nobody has taken, in the order in which they should begin.
        deployed: How many other workers have a file that deploys a shop.
    """
    return next((file for file in waiting if deployed < DEPLOYED_AT_ONCE or not deploys_a_shop(Path(file))), None)


class FileScheduling(LoadFileScheduling):
    """Whole files to workers, as xdist does it, but for those that deploy a shop."""

    def _assign_work_unit(self, node: "WorkerController") -> None:
        others = (files for other, files in self.assigned_work.items() if other is not node)
        chosen = choose_file(self.workqueue, sum(_is_deployed(files) for files in others))
        if chosen is None:
            node.shutdown()
            return
        self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)


def _is_deployed(files: Mapping[str, Mapping[str, bool]]) -> bool:
    """Whether a worker has yet to finish a file that deploys a shop; True stands for a test that is over."""
    return any(deploys_a_shop(Path(file)) and not all(tests.values()) for file, tests in files.items())
