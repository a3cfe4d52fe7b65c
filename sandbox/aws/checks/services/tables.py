"""DynamoDB: keys, indexes, capacity, streams of tables."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.identity import TABLE
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.values import shaped
from sandbox.aws.checks.view import View, shown
from sandbox.aws.checks.world import World

CREATE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html"
NAMES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"
INDEXES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/SecondaryIndexes.html"
CAPACITY = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html"
NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
LOCAL_INDEXES = 5
# An index key may have several attributes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
KEY_PARTS = 4
ON_DEMAND = "PAY_PER_REQUEST"
GLOBAL, LOCAL = "globalSecondaryIndexes", "localSecondaryIndexes"


@rule(TABLE, source=NAMES)
def table_name(view: View, world: World) -> Iterator[CheckFailure]:
    """The name's characters."""
    del world
    yield from shaped(view, "name", NAME, "3 to 255 letters, digits, underscores, hyphens and dots")


@rule(TABLE, source=CREATE)
def table_keys(view: View, world: World) -> Iterator[CheckFailure]:
    """Every key attribute is declared once, and no other attribute is."""
    del world
    if view.absent("hashKey") and view.absent("restoreSourceName") and view.absent("restoreSourceTableArn"):
        yield view.fail("hashKey", "is missing; a table needs a partition key")
        return
    if view.given("hashKey") and view.known("hashKey") == view.known("rangeKey"):
        yield view.fail("rangeKey", f"is {shown(view.known('rangeKey'))}, the hashKey as well; use another attribute")
    declared = [(part, part.text("name")) for part in view.blocks("attributes")]
    names = [name for _, name in declared if name is not None]
    for part, name in declared:
        if name is not None and names.count(name) > 1 and part is declared[names.index(name)][0]:
            yield part.fail("name", f"is {shown(name)}, which is declared twice; drop one")
    if not view.complete("attributes") or len(names) != len(declared):
        return
    used = dict(_keys(view))
    for path, name in used.items():
        if name is not None and name not in names:
            yield view.fail(path, f"is {shown(name)}, which attributes does not declare; add it with its type")
    if None not in used.values():
        for part, name in declared:
            if name not in used.values():
                yield part.fail("name", f"is {shown(name)}, which no key uses; declare key attributes only")


@rule(TABLE, source=INDEXES)
def table_indexes(view: View, world: World) -> Iterator[CheckFailure]:
    """Names, keys and projections of indexes."""
    del world
    seen: set[str] = set()
    for index in [*view.blocks(GLOBAL), *view.blocks(LOCAL)]:
        name = index.text("name")
        if name is not None and name in seen:
            yield index.fail("name", f"is {shown(name)}, another index's name as well; make it unique")
        seen |= {name} if name is not None else set()
        yield from _projection(index)
    for index in view.blocks(GLOBAL):
        yield from _index_keys(index)


@rule(TABLE, source=INDEXES)
def table_local_indexes(view: View, world: World) -> Iterator[CheckFailure]:
    """Local indexes share the table's partition key, which needs a sort key."""
    del world
    count = view.count(LOCAL)
    if count > LOCAL_INDEXES:
        yield view.fail(LOCAL, f"has {count} elements; use {LOCAL_INDEXES} or less")
    if count and view.absent("rangeKey"):
        yield view.fail("rangeKey", f"is missing; a table with {LOCAL} needs one")


@rule(TABLE, source=CAPACITY)
def table_capacity(view: View, world: World) -> Iterator[CheckFailure]:
    """Provisioned tables and their indexes say how much; on-demand ones do not."""
    del world
    provisioned = view.absent("billingMode") or view.known("billingMode") == "PROVISIONED"
    for block in (view, *view.blocks(GLOBAL)):
        for path in ("readCapacity", "writeCapacity"):
            units = block.number(path)
            if view.known("billingMode") == ON_DEMAND and units:
                yield block.fail(path, f"is {units} with the billingMode {ON_DEMAND}; drop it or use PROVISIONED")
            elif provisioned and (block.absent(path) or (units is not None and units < 1)):
                now = "is missing" if units is None else f"is {units}"
                yield block.fail(path, f"{now}; a provisioned table needs 1 or more, or use {ON_DEMAND}")
        if provisioned and block.block("onDemandThroughput"):
            yield block.fail("onDemandThroughput", f"is set on a provisioned table; set billingMode to {ON_DEMAND}")


@rule(TABLE, source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html")
def table_stream(view: View, world: World) -> Iterator[CheckFailure]:
    """A stream says what it holds."""
    del world
    if view.flag("streamEnabled") and view.absent("streamViewType"):
        yield view.fail("streamViewType", "is missing; streamEnabled is true, use e.g. NEW_AND_OLD_IMAGES")


@rule(TABLE, source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TimeToLiveSpecification.html")
def table_ttl(view: View, world: World) -> Iterator[CheckFailure]:
    """Items expire by an attribute."""
    del world
    if view.flag("ttl.enabled") and view.absent("ttl.attributeName"):
        yield view.fail("ttl.attributeName", "is missing; ttl.enabled is true")


def _keys(view: View) -> Iterator[tuple[str, str | None]]:
    """The attributes of all keys by path, None where one is not known."""
    for path in ("hashKey", "rangeKey"):
        if not view.absent(path):
            yield path, view.text(path)
    for name in (GLOBAL, LOCAL):
        if not view.complete(name):
            yield name, None
        for index in view.blocks(name):
            inside = index.path
            for path in ("hashKey", "rangeKey"):
                if not index.absent(path):
                    yield f"{inside}.{path}", index.text(path)
            for part in index.blocks("keySchemas"):
                yield part.at("attributeName"), part.text("attributeName")
            if not index.complete("keySchemas"):
                yield f"{inside}.keySchemas", None


def _index_keys(index: View) -> Iterator[CheckFailure]:
    parts = [part.known("keyType") for part in index.blocks("keySchemas")]
    if index.absent("hashKey") and index.absent("keySchemas"):
        yield index.fail("hashKey", "is missing; an index needs hashKey, or keySchemas")
    elif index.given("hashKey") and index.count("keySchemas"):
        yield index.fail("keySchemas", "is set beside hashKey; set one of them")
    elif parts and index.complete("keySchemas") and None not in parts and "HASH" not in parts:
        yield index.fail("keySchemas", "has no element of the keyType HASH; add one")
    for kind in ("HASH", "RANGE"):
        if parts.count(kind) > KEY_PARTS:
            many = parts.count(kind)
            yield index.fail("keySchemas", f"has {many} elements of the keyType {kind}; use {KEY_PARTS} or less")


def _projection(index: View) -> Iterator[CheckFailure]:
    kind, path = index.known("projectionType"), "nonKeyAttributes"
    if kind == "INCLUDE" and index.absent(path):
        yield index.fail(path, "is missing; the projectionType is INCLUDE")
    elif kind in ("ALL", "KEYS_ONLY") and index.count(path):
        yield index.fail(path, f"is set beside the projectionType {kind}; use INCLUDE or drop it")
