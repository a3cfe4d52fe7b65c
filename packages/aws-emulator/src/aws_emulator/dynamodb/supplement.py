"""Throughput of tables: provisioned units with their burst, maxima on demand, quotas of tables and partition keys.

Reads and writes are let in by what their tables have left, with AWS's codes, texts and reasons above it. A write is
judged where the emulator stores the item, after its conditions, so that its cost and that of its indexes is known
exactly; an update of a transaction is judged as if the item stayed as it is. PartiQL is not counted. The emulator
itself is slower than the quotas of a table; they are there to be lowered.
"""

import contextvars
import functools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_emulator.dynamodb.batches import Handler, TableBatches, build_refusal
from aws_emulator.dynamodb.demands import MALFORMED, Item, Table, TableDemands
from aws_emulator.dynamodb.ledger import Ledger
from aws_emulator.dynamodb.throttles import TableThrottle
from aws_emulator.dynamodb.throughput import Demand, count_write_units
from aws_emulator.ministack.emulator import ServiceResponse
from aws_emulator.ministack.supplement import EmulatorSupplement

WRITES = ("_put_item", "_delete_item", "_update_item")
PAGES = ("_query", "_scan")
STORES = (
    "_set_item",
    "_remove_item",
    "_conditional_check_failed",
    "_paginate_evaluated_items",
    "_add_consumed_capacity",
)


class TableThrottledError(Exception):
    """A request that is refused where its cost is known."""

    def __init__(self, throttle: TableThrottle) -> None:
        super().__init__(throttle.message)
        self.throttle = throttle


@dataclass(slots=True)
class TableOperation:
    """A request under way."""

    guarded: bool
    """Whether it may still be refused: nothing of it is done yet."""
    transactional: bool = False
    consistent: bool = False
    whole: bool = False
    """Whether it reads its table or index whole."""
    counted: bool = False
    """Whether its cost is spent."""
    read: float = 0.0
    """Units of what was read."""


_current: contextvars.ContextVar[TableOperation | None] = contextvars.ContextVar("operation", default=None)


class Capacity(EmulatorSupplement):
    """Tables throttle above their throughput."""

    name = "capacity"
    adds = "tables throttle: provisioned units with their burst, maxima on demand, hot partition keys, partial batches"

    def install(self) -> None:
        """Wrap the handlers of requests, and the functions that store items."""
        self._ledger = Ledger(self.emulator.quotas.value)
        self._demands = TableDemands(self.emulator)
        self._batches = TableBatches(self._demands, self._ledger, self._count)
        self._throttled: Counter[str] = Counter()
        for name in WRITES:
            self._wrap(name, self._write)
        for name in PAGES:
            self._wrap(name, functools.partial(self._read_page, whole=name == "_scan"))
        self._wrap("_get_item", self._read)
        self._wrap("_batch_write_item", self._batches.write)
        self._wrap("_batch_get_item", self._batches.read)
        self._wrap("_transact_write_items", self._transact_write)
        self._wrap("_transact_get_items", self._transact_get)
        self._originals = {
            name: self.emulator.replace("dynamodb", name, getattr(self, f"_on{name}")) for name in STORES
        }

    def reset(self) -> None:
        """Nothing was spent, nothing throttled."""
        self._ledger.clear()
        self._throttled.clear()

    def collect_figures(self) -> Mapping[str, Any]:
        """Requests that were throttled, in all and by AWS's reason."""
        return {"throttled": self._throttled.total(), "by_reason": dict(self._throttled)}

    def _wrap(self, name: str, handle: Any) -> None:
        original = getattr(self.emulator.module("dynamodb"), name)
        self.emulator.replace("dynamodb", name, functools.partial(handle, original))

    def _write(self, original: Handler, data: Any) -> ServiceResponse:
        table = self._demands.find_table(data.get("TableName"))
        refused = self._ledger.find_throttle(table, [Demand("write", 1)]) if table else None
        if refused:
            return self._refuse(refused)
        operation = TableOperation(guarded=True)
        answer = self._run(operation, original, data)
        if table and answer[0] == 200 and not operation.counted:
            self._ledger.spend(table, [Demand("write", 1)])  # a delete of what is not there
        return answer

    def _read(self, original: Handler, data: Any) -> ServiceResponse:
        table = self._demands.find_table(data.get("TableName"))
        try:
            wanted = self._demands.compute_read(table or {}, data["Key"], consistent=bool(data.get("ConsistentRead")))
        except MALFORMED:
            return original(data)
        refused = self._ledger.find_throttle(table, wanted) if table else None
        if refused:
            return self._refuse(refused)
        if table:
            self._ledger.spend(table, wanted)
        return self._run(TableOperation(guarded=False, read=sum(demand.units for demand in wanted)), original, data)

    def _read_page(self, original: Handler, data: Any, *, whole: bool) -> ServiceResponse:
        consistent = bool(data.get("ConsistentRead"))
        return self._run(TableOperation(guarded=True, consistent=consistent, whole=whole), original, data)

    def _transact_write(self, original: Handler, data: Any) -> ServiceResponse:
        batches, operation = self._batches, TableOperation(guarded=False, transactional=True)
        answer = batches.transact(functools.partial(self._run, operation, original), data, batches.estimate_write)
        if answer[0] == 200 and operation.counted:
            batches.spend(data, batches.estimate_write, "ConditionCheck")
        return answer

    def _transact_get(self, original: Handler, data: Any) -> ServiceResponse:
        answer = self._batches.transact(original, data, self._batches.estimate_read)
        if answer[0] == 200:
            self._batches.spend(data, self._batches.estimate_read)
        return answer

    def _run(self, operation: TableOperation, original: Handler, data: Any) -> ServiceResponse:
        token = _current.set(operation)
        try:
            return original(data)
        except TableThrottledError as refused:
            return self._refuse(refused.throttle)
        finally:
            _current.reset(token)

    def _on_set_item(self, table: Table, partition: Any, sort: Any, item: Item) -> Any:
        self._charge_write(table, partition, sort, item)
        return self._originals["_set_item"](table, partition, sort, item)

    def _on_remove_item(self, table: Table, partition: Any, sort: Any) -> Any:
        self._charge_write(table, partition, sort, None)
        return self._originals["_remove_item"](table, partition, sort)

    def _on_conditional_check_failed(self, data: Any, old: Item | None, *more: Any, **named: Any) -> Any:
        """A condition that fails costs what the item that is there would."""
        table, operation = self._demands.find_table(data.get("TableName")), _current.get()
        if operation and table:
            size = self.emulator.module("dynamodb")._item_size_bytes(old or {})
            self._ledger.spend(table, [Demand("write", count_write_units(size))])
        return self._originals["_conditional_check_failed"](data, old, *more, **named)

    def _on_paginate_evaluated_items(self, items: Any, limit: Any, table: Table, index: str | None = None) -> Any:
        page, more = self._originals["_paginate_evaluated_items"](items, limit, table, index)
        operation = _current.get()
        if operation:
            wanted = self._demands.compute_page(
                table, page, index, consistent=operation.consistent, whole=operation.whole
            )
            self._charge(operation, table, wanted)
            operation.read = sum(demand.units for demand in wanted)
        return page, more

    def _on_add_consumed_capacity(self, result: dict[str, Any], *arguments: Any, **named: Any) -> None:
        """Correct the consumed units of a read, which the emulator takes for one of 4 KB."""
        self._originals["_add_consumed_capacity"](result, *arguments, **named)
        operation, consumed = _current.get(), result.get("ConsumedCapacity")
        if operation and operation.read and consumed:
            _correct_units(consumed, operation.read)

    def _charge_write(self, table: Table, partition: Any, sort: Any, new: Item | None) -> None:
        operation = _current.get()
        if operation is None:
            return  # expiry, an import or a restored backup: AWS charges for none of them by these units
        old = table["items"].get(partition, {}).get(sort)
        self._charge(
            operation, table, self._demands.compute_write(table, old, new, transactional=operation.transactional)
        )

    def _charge(self, operation: TableOperation, table: Table, wanted: list[Demand]) -> None:
        refused = self._ledger.find_throttle(table, wanted) if operation.guarded else None
        if refused:
            raise TableThrottledError(refused)
        self._ledger.spend(table, wanted)
        operation.guarded, operation.counted = False, True

    def _refuse(self, throttle: TableThrottle) -> ServiceResponse:
        self._count(throttle)
        return build_refusal(throttle)

    def _count(self, throttle: TableThrottle) -> None:
        self._throttled[throttle.reason] += 1


def _correct_units(consumed: dict[str, Any], units: float) -> None:
    """Put units where some are reported: for the whole, and for the table or the index that was read."""
    indexes = (consumed.get(kind) or {} for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"))
    for part in (consumed, consumed.get("Table"), *(part for found in indexes for part in found.values())):
        if part and part["CapacityUnits"]:
            part["CapacityUnits"] = units
