"""`scaleshop preview`: the planned resources as a tree, with counts."""

import json
from collections import defaultdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.tree import Tree

from scaleshop.errors import CommandError, Exit
from scaleshop.project import find, stack_name


def preview(
    architecture: Annotated[str, typer.Argument(help="Architecture; its stack is <architecture>-dev.")] = "aws",
    stack: Annotated[str | None, typer.Option(help="Stack instead of the architecture's default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    explain_sizing: Annotated[bool, typer.Option(help="Print how every bound follows from the sizing block.")] = False,
) -> None:
    """Show what `up` would change; starts nothing and needs no credentials.

    Examples: `scaleshop preview`, `scaleshop preview --explain-sizing`, `scaleshop preview --stack aws-prod --json`
    """
    project = find()
    name = stack_name(architecture, stack)
    if explain_sizing:
        _sizing(project.config(name), name, as_json=as_json)
        return
    from scaleshop.engines import preview as plan  # noqa: PLC0415 - keeps `--help` fast

    result = plan(project, name)
    if as_json:
        steps = [{"op": step.op, "urn": step.urn} for step in result.steps]
        document = {"stack": name, "ok": result.ok, "changes": result.changes, "steps": steps, "errors": result.errors}
        typer.echo(json.dumps(document, indent=2))
    else:
        _print(name, result)
    if not result.ok:
        raise CommandError("\n".join(result.errors) or f"Stack '{name}': the preview failed.", Exit.FAILED)


def _print(stack: str, result: Any) -> None:
    ops = {step.urn: step.op for step in result.steps}
    children: dict[str, list[dict[str, Any]]] = defaultdict(list)
    known = {resource["urn"] for resource in result.resources}
    for resource in result.resources:
        parent = resource.get("parent") or ""
        children[parent if parent in known else ""].append(resource)
    tree = Tree(f"{stack}: {len(result.resources)} resources")

    def grow(branch: Tree, parent: str) -> None:
        for resource in children[parent]:
            urn = resource["urn"]
            label = f"{ops.get(urn, 'same'):8} {resource['type']} {urn.rpartition('::')[2]}"
            grow(branch.add(label), urn)

    grow(tree, "")
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(tree)
    console.print(", ".join(f"{count} {op}" for op, count in sorted(result.changes.items())) or "0 changes")


def _sizing(config: dict[str, str], stack: str, *, as_json: bool) -> None:
    from stacks.settings import SettingsError, parse  # noqa: PLC0415 - keeps `--help` fast
    from stacks.sizing import explain  # noqa: PLC0415

    try:
        rows = explain(parse(json.loads(config.get("scaleshop:settings", "{}")), stack=stack).sizing)
    except SettingsError as error:
        raise CommandError(str(error), Exit.USAGE) from None
    if as_json:
        fields = ("name", "value", "unit", "how")
        typer.echo(json.dumps([{field: getattr(row, field) for field in fields} for row in rows], indent=2))
        return
    for row in rows:
        value = "off" if row.value is None else f"{row.value:g} {row.unit}"
        typer.echo(f"{row.name:32} {value:24} {row.how}")
