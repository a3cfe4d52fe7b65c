"""What in the contracts breaks those who keep to the last release: its HTTP API, events, operators' actions, problems.

Run: .venv/bin/python scripts/contract_changes.py            what would break
     .venv/bin/python scripts/contract_changes.py --release  make these contracts the last release's
"""

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from apps.contracts import documents  # noqa: E402 - found through the path above
from scripts.schema_changes import KEPT, READER, WRITER, find_breaks, inline  # noqa: E402

RELEASED = ROOT / "tests" / "contracts" / "snapshots" / "released.json"
API = "urn:shop:openapi"
OWN = frozenset({"parameters", "summary", "description"})

Contracts = Mapping[str, Any]


def current_contracts() -> dict[str, Any]:
    """The contracts as they are, with the version of the project."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    return {
        "version": version,
        "openapi": documents.openapi(),
        "events": dict(documents.events()),
        "ops": documents.ops(),
        "problems": documents.problems(),
    }


def last_release() -> Contracts:
    """The contracts of the last release."""
    return json.loads(RELEASED.read_text("utf-8"))


def find_changes(old: Contracts, new: Contracts) -> list[str]:
    """Every change from old to new that breaks a client, a consumer, or an event that is under way."""
    return [
        *_paths(_operations(old), _operations(new)),
        *(f"Problem{why}" for why in find_breaks(_problem(old), _problem(new), READER)),
        *_events(old["events"], new["events"]),
        *_actions(_pairs(old["ops"]), _pairs(new["ops"])),
        *_problems(old["problems"], new["problems"]),
    ]


def may_break(old: str, new: str) -> bool:
    """Whether a new version may break users of an old one: another major, before 1.0 another minor.

    https://semver.org/spec/v2.0.0.html (4, 8)
    """
    before, after = old.split("."), new.split(".")
    return before[0] != after[0] or (before[0] == "0" and before[1] != after[1])


def _operations(contracts: Contracts) -> dict[str, Any]:
    document = contracts["openapi"]
    whole = inline(document["paths"], {API: document}, API)
    found: dict[str, Any] = {}
    for path, item in whole.items():
        for method, operation in item.items():
            if method not in OWN:
                about = {"security": document.get("security", []), **operation}
                about["parameters"] = [*item.get("parameters", []), *operation.get("parameters", [])]
                found[f"{method.upper()} {path}"] = about
    return found


def _paths(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, operation in old.items():
        if name not in new:
            yield f"{name}: it is gone"
            continue
        yield from _requests(name, operation, new[name])
        yield from _answers(name, operation["responses"], new[name]["responses"])
        for way in operation["security"]:
            if new[name]["security"] and way not in new[name]["security"]:
                yield f"{name}: {' and '.join(way)} does not let in any more"
        if not operation["security"] and new[name]["security"]:
            yield f"{name}: it asks who calls"


def _requests(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = ({(p["in"], p["name"]): p for p in side["parameters"]} for side in (old, new))
    for key, parameter in after.items():
        where = f"{name} {key[0]} {key[1]}"
        if parameter.get("required") and not before.get(key, {}).get("required"):
            yield f"{where}: {WRITER.absent}"
        if key in before:
            yield from find_breaks(before[key]["schema"], parameter["schema"], WRITER, where)
    for key in before.keys() - after.keys():
        yield f"{name} {key[0]} {key[1]}: it is gone"
    body, now = old.get("requestBody"), new.get("requestBody")
    if now and now.get("required") and not (body and body.get("required")):
        yield f"{name} body: {WRITER.absent}"
    for kind, content in (body or {}).get("content", {}).items():
        if kind not in (now or {}).get("content", {}):
            yield f"{name} body: {kind} is refused now"
        else:
            yield from find_breaks(content["schema"], now["content"][kind]["schema"], WRITER, f"{name} body")


def _answers(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for status in sorted({*old, *new}):
        if int(status) >= 400:  # clients decide by class of status and by code, and meet unknown ones
            continue
        if status not in old or status not in new:
            yield f"{name} {status}: {'the last release never answered it' if status in new else 'it is gone'}"
            continue
        for kind, content in old[status].get("content", {}).items():
            if kind not in new[status].get("content", {}):
                yield f"{name} {status}: no {kind} any more"
            else:
                now = new[status]["content"][kind]["schema"]
                yield from find_breaks(content["schema"], now, READER, f"{name} {status}")
        for header, about in old[status].get("headers", {}).items():
            now = new[status].get("headers", {}).get(header)
            if about.get("required") and not (now and now.get("required")):
                yield f"{name} {status} {header}: {READER.absent}"
            elif now:
                yield from find_breaks(about["schema"], now["schema"], READER, f"{name} {status} {header}")


def _events(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Both ways: old consumers get new events, and new consumers get old ones from outbox, queue and archive."""
    for name in sorted(old.keys() - {"envelope"}):
        if name not in new:
            yield f"{name}: it is gone; consumers wait for it"
            continue
        if new[name].get("deprecated") and not old[name].get("deprecated"):
            yield f"{name}: it is published no more; consumers wait for it"
        before, after = _event(old, name), _event(new, name)
        yield from find_breaks(before, after, READER, name)
        yield from find_breaks(before, after, KEPT, name)


def _event(schemas: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The envelope of one type. Types and sources may become more: consumers choose by type."""
    whole = inline(schemas["envelope"], {s["$id"]: s for s in schemas.values()}, schemas["envelope"]["$id"])
    (own,) = (b["then"]["properties"] for b in whole["allOf"] if b["if"]["properties"]["type"]["const"] == name)
    properties = {**whole["properties"], "type": {"const": name}, **own}
    return {**{key: value for key, value in whole.items() if key != "allOf"}, "properties": properties}


def _pairs(ops: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Request and answer by action."""
    whole = inline(ops["oneOf"], {ops["$id"]: ops}, ops["$id"])
    pairs = [branch["properties"] for branch in whole if "request" in branch["properties"]]
    return {pair["request"]["properties"]["action"]["const"]: (pair["request"], pair["answer"]) for pair in pairs}


def _actions(old: Mapping[str, tuple[Any, Any]], new: Mapping[str, tuple[Any, Any]]) -> Iterator[str]:
    for action, (request, answer) in old.items():
        if action not in new:
            yield f"ops {action}: it is gone"
            continue
        yield from find_breaks(request, new[action][0], WRITER, f"ops {action}")
        yield from find_breaks(answer, new[action][1], READER, f"ops {action} answer")


def _problem(contracts: Contracts) -> Any:
    document = contracts["openapi"]
    return inline(document["components"]["schemas"]["Problem"], {API: document}, API)


def _problems(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for code, about in old.items():
        now = new.get(code)
        if now is None:
            yield f"problem {code}: it is gone"
        elif now["status"] != about["status"]:
            yield f"problem {code}: its status was {about['status']}, is {now['status']}"


def main() -> None:
    """Say what breaks, or record a release."""
    now = current_contracts()
    if "--release" in sys.argv[1:]:
        found = find_changes(last_release(), now) if RELEASED.is_file() else []
        if found and not may_break(last_release()["version"], now["version"]):
            sys.exit(refusal(found, now["version"]))
        RELEASED.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", "utf-8")
        sys.stdout.write(f"wrote {RELEASED.relative_to(ROOT)}: the contracts of {now['version']}\n")
        return
    found = find_changes(last_release(), now)
    sys.stdout.write("".join(f"{why}\n" for why in found) or f"nothing breaks users of {last_release()['version']}\n")
    sys.exit(bool(found))


def refusal(found: list[str], version: str) -> str:
    """What to do about breaks."""
    listed, last = "\n  ".join(found), last_release()["version"]
    return f"{version} breaks users of {last}; raise the version in pyproject.toml, or undo:\n  {listed}"


if __name__ == "__main__":
    main()
