"""The resource graph of a stack as its program would build it from nothing; no plane, no credentials, no state."""

import tempfile
from pathlib import Path

from engine.engine import Engine, OperationResult
from engine.errors import EngineError
from scaleshop.diagram.drawing import Drawing, draw
from scaleshop.diagram.graph import Graph
from scaleshop.errors import CommandError, Exit
from scaleshop.session import Session


def plan(session: Session) -> OperationResult:
    """What a stack's program would build on an empty state of its own, and its outputs.

    What is deployed does not matter: the same program and settings give the same plan.

    Raises:
        CommandError: the program refuses its settings, or the preview fails.
    """
    architecture, project, stack = session.architecture, session.project, session.stack
    with tempfile.TemporaryDirectory(prefix="scaleshop-") as directory:
        engine = Engine(
            project=project.name,
            stack=stack,
            packages=architecture.packages(lambda _: None, session.settings),
            state=Path(directory) / "state" / f"{stack}.json",
            passphrase="drawn",  # noqa: S106 - nothing is written
            config={**session.config, **architecture.placeholders},
            secret_config=architecture.placeholders.keys(),
            root=project.root,
        )
        try:
            result = engine.preview(project.program / "__main__.py")
        except EngineError as error:
            raise CommandError(str(error), Exit.FAILED) from error
    if not result.ok:
        msg = f"Stack '{stack}': its resource graph can't be had, because the preview fails:\n" + "\n".join(
            result.errors
        )
        raise CommandError(msg, Exit.FAILED)
    return result


def plan_graph(session: Session) -> Graph:
    """The resources of a stack and their references.

    Raises:
        CommandError: see `plan`.
    """
    return Graph(plan(session).resources)


def plan_drawing(session: Session) -> Drawing:
    """The drawing of a stack.

    Raises:
        CommandError: see `plan`.
    """
    return draw(plan_graph(session), session.architecture.vocabulary)
