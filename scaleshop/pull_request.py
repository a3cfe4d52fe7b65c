"""The one comment on a pull request: what changes, what the policies newly find, what they find no more.

Every name comes from somebody's program and may try to be markup; `policies.reports.markdown` keeps it text.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from policies.reports.difference import fixed_findings, new_findings
from policies.reports.markdown import bullets, code, counts, exemptions, findings_table, table, text, verdict
from scaleshop.changes import SIGNS, change_of, describe_plan

LONGEST = 65_536
"""Characters that GitHub takes: https://github.com/orgs/community/discussions/27190"""
ROWS = (50, 20, 5, 0)
"""Rows of each table, fewer when the comment would be too long."""
_UNNAMED = re.compile(r"[^A-Za-z0-9_.-]")
FAILED = "**The preview failed**; its errors are in the log of the job."


def marker(stack: str) -> str:
    """The first line, by which the comment is found again; there is one for each stack."""
    return f"<!-- scaleshop:{_UNNAMED.sub('_', stack)[:100]} -->"


def comment(
    preview: Mapping[str, Any],
    check: Mapping[str, Any],
    base: Mapping[str, Any] | None = None,
    *,
    base_preview: Mapping[str, Any] | None = None,
    pages: str = "",
) -> str:
    """The comment in Markdown, its marker first.

    Args:
        preview: What `scaleshop preview --json` printed.
        check: What `scaleshop check --json` printed for the pull request.
        base: And for what it is to be merged into; without it every finding counts as new.
        base_preview: What the preview printed there. With it the resources of the two plans are compared, which is
            all there is to say where no state is kept and each plan creates everything.
        pages: URL of the directory with the rules' pages.
    """
    for rows in ROWS:
        changes = _changes(preview, rows) if base_preview is None else _difference(preview, base_preview, rows)
        said = _comment(changes, check, base, pages, rows)
        if len(said) <= LONGEST:
            return said
    # Every text in a comment without rows is cut, so it always fits.
    raise AssertionError(f"a comment without rows is longer than {LONGEST} characters")


def _comment(changes: str, check: Mapping[str, Any], base: Mapping[str, Any] | None, pages: str, rows: int) -> str:
    nothing: Mapping[str, Any] = {"findings": []}
    found, gone = new_findings(check, base or nothing), fixed_findings(check, base or nothing)
    known = len(check["findings"]) - len(found)
    blocks = [
        f"{marker(check['stack'])}\n### {_head(check)}",
        changes,
        f"#### {len(found)} {'new ' if base else ''}finding{'' if len(found) == 1 else 's'}",
    ]
    blocks += [findings_table(found, pages=pages, most=rows)] if found else []
    blocks += [f"{known} known finding{'' if known == 1 else 's'} not shown."] if known else []
    blocks += [f"#### {len(gone)} fixed\n\n{bullets([_describe_fixed(one) for one in gone], rows)}"] if gone else []
    blocks += exemptions(check, most=rows)
    blocks += [f"<sub>{counts(check)}</sub>"]
    return "\n\n".join(blocks) + "\n"


def _head(check: Mapping[str, Any]) -> str:
    return f"{text(check['stack'])}: {verdict(check)}"


def _changes(preview: Mapping[str, Any], rows: int) -> str:
    """What the plan does to the state that it was made from."""
    if not preview["ok"]:
        return FAILED
    steps = {(change_of(step["op"]), step["urn"]) for step in preview["steps"]}
    head = f"{text(preview['stack'])}: {text(describe_plan(Counter(preview['changes'])))}"
    return _list_changed(head, sorted(step for step in steps if step[0] in SIGNS), rows)


def _difference(preview: Mapping[str, Any], base: Mapping[str, Any], rows: int) -> str:
    """What one plan has and the other has not."""
    if not (preview["ok"] and base["ok"]):
        return FAILED
    ours, theirs = ({step["urn"] for step in one["steps"] if step["op"] != "delete"} for one in (preview, base))
    more, fewer = sorted(ours - theirs), sorted(theirs - ours)
    head = (
        f"{text(preview['stack'])}: {len(more)} resources more, {len(fewer)} fewer, {len(ours & theirs)} in both "
        "(properties are not compared)"
    )
    return _list_changed(head, [*(("create", urn) for urn in more), *(("delete", urn) for urn in fewer)], rows)


def _list_changed(head: str, changed: Sequence[tuple[str, str]], rows: int) -> str:
    if not changed:
        return f"#### {head}"
    lines = [[SIGNS[op][0], op, code(_type(urn)), code(urn.rpartition("::")[2])] for op, urn in changed[:rows]]
    left = len(changed) - len(lines)
    more = f"\n\n{left} more are in the report." if left > 0 else ""
    shown = table(("", "change", "type", "name"), lines) + more
    return f"#### {head}\n\n<details><summary>{len(changed)} resources</summary>\n\n{shown}\n\n</details>"


def _describe_fixed(one: Mapping[str, Any]) -> str:
    return f"{code(one['rule'])} at {code(one['resource']['name'])}: {text(one['problem'] or one['title'])}"


def _type(urn: str) -> str:
    parts: Sequence[str] = urn.split("::")
    return parts[2].rpartition("$")[2] if len(parts) > 3 else ""
