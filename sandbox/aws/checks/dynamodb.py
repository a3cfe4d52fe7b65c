"""DynamoDB: keys, indexes, capacity, streams of tables."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.resource_names import TABLE
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import check_pattern

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
def table_name(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The name's characters."""
    del resources
    yield from check_pattern(view, "name", NAME, "3 to 255 letters, digits, underscores, hyphens and dots")


@rule(TABLE, source=CREATE)
def table_keys(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Every key attribute is declared once, and no other attribute is."""
    del resources
    if view.is_absent("hashKey") and view.is_absent("restoreSourceName") and view.is_absent("restoreSourceTableArn"):
        yield view.fail("hashKey", "is missing; a table needs a partition key")
        return
    if view.is_given("hashKey") and view.value("hashKey") == view.value("rangeKey"):
        yield view.fail("rangeKey", f"is {quote(view.value('rangeKey'))}, the hashKey as well; use another attribute")
    declared = [(part, part.text("name")) for part in view.blocks("attributes")]
    names = [name for _, name in declared if name is not None]
    for part, name in declared:
        if name is not None and names.count(name) > 1 and part is declared[names.index(name)][0]:
            yield part.fail("name", f"is {quote(name)}, which is declared twice; drop one")
    if not view.is_complete("attributes") or len(names) != len(declared):
        return
    used = dict(_keys(view))
    for path, name in used.items():
        if name is not None and name not in names:
            yield view.fail(path, f"is {quote(name)}, which attributes does not declare; add it with its type")
    if None not in used.values():
        for part, name in declared:
            if name not in used.values():
                yield part.fail("name", f"is {quote(name)}, which no key uses; declare key attributes only")


@rule(TABLE, source=INDEXES)
def table_indexes(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Names, keys and projections of indexes."""
    del resources
    seen: set[str] = set()
    for index in [*view.blocks(GLOBAL), *view.blocks(LOCAL)]:
        name = index.text("name")
        if name is not None and name in seen:
            yield index.fail("name", f"is {quote(name)}, another index's name as well; make it unique")
        seen |= {name} if name is not None else set()
        yield from _projection(index)
    for index in view.blocks(GLOBAL):
        yield from _index_keys(index)


@rule(TABLE, source=INDEXES)
def table_local_indexes(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Local indexes share the table's partition key, which needs a sort key."""
    del resources
    count = view.count(LOCAL)
    if count > LOCAL_INDEXES:
        yield view.fail(LOCAL, f"has {count} elements; use {LOCAL_INDEXES} or less")
    if count and view.is_absent("rangeKey"):
        yield view.fail("rangeKey", f"is missing; a table with {LOCAL} needs one")


@rule(TABLE, source=CAPACITY)
def table_capacity(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Provisioned tables and their indexes say how much; on-demand ones do not."""
    del resources
    provisioned = view.is_absent("billingMode") or view.value("billingMode") == "PROVISIONED"
    for block in (view, *view.blocks(GLOBAL)):
        for path in ("readCapacity", "writeCapacity"):
            units = block.number(path)
            if view.value("billingMode") == ON_DEMAND and units:
                yield block.fail(path, f"is {units} with the billingMode {ON_DEMAND}; drop it or use PROVISIONED")
            elif provisioned and (block.is_absent(path) or (units is not None and units < 1)):
                now = "is missing" if units is None else f"is {units}"
                yield block.fail(path, f"{now}; a provisioned table needs 1 or more, or use {ON_DEMAND}")
        if provisioned and block.block("onDemandThroughput"):
            yield block.fail("onDemandThroughput", f"is set on a provisioned table; set billingMode to {ON_DEMAND}")


@rule(TABLE, source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html")
def table_stream(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A stream says what it holds."""
    del resources
    if view.flag("streamEnabled") and view.is_absent("streamViewType"):
        yield view.fail("streamViewType", "is missing; streamEnabled is true, use e.g. NEW_AND_OLD_IMAGES")


@rule(TABLE, source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TimeToLiveSpecification.html")
def table_ttl(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Items expire by an attribute."""
    del resources
    if view.flag("ttl.enabled") and view.is_absent("ttl.attributeName"):
        yield view.fail("ttl.attributeName", "is missing; ttl.enabled is true")


def _keys(view: InputView) -> Iterator[tuple[str, str | None]]:
    """The attributes of all keys by path, None where one is not known."""
    for path in ("hashKey", "rangeKey"):
        if not view.is_absent(path):
            yield path, view.text(path)
    for name in (GLOBAL, LOCAL):
        if not view.is_complete(name):
            yield name, None
        for index in view.blocks(name):
            where = index.path
            for path in ("hashKey", "rangeKey"):
                if not index.is_absent(path):
                    yield f"{where}.{path}", index.text(path)
            for part in index.blocks("keySchemas"):
                yield part.full_path("attributeName"), part.text("attributeName")
            if not index.is_complete("keySchemas"):
                yield f"{where}.keySchemas", None


def _index_keys(index: InputView) -> Iterator[CheckFailure]:
    parts = [part.value("keyType") for part in index.blocks("keySchemas")]
    if index.is_absent("hashKey") and index.is_absent("keySchemas"):
        yield index.fail("hashKey", "is missing; an index needs hashKey, or keySchemas")
    elif index.is_given("hashKey") and index.count("keySchemas"):
        yield index.fail("keySchemas", "is set beside hashKey; set one of them")
    elif parts and index.is_complete("keySchemas") and None not in parts and "HASH" not in parts:
        yield index.fail("keySchemas", "has no element of the keyType HASH; add one")
    for kind in ("HASH", "RANGE"):
        if parts.count(kind) > KEY_PARTS:
            many = parts.count(kind)
            yield index.fail("keySchemas", f"has {many} elements of the keyType {kind}; use {KEY_PARTS} or less")


def _projection(index: InputView) -> Iterator[CheckFailure]:
    kind, path = index.value("projectionType"), "nonKeyAttributes"
    if kind == "INCLUDE" and index.is_absent(path):
        yield index.fail(path, "is missing; the projectionType is INCLUDE")
    elif kind in ("ALL", "KEYS_ONLY") and index.count(path):
        yield index.fail(path, f"is set beside the projectionType {kind}; use INCLUDE or drop it")
