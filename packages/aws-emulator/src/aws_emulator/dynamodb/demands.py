"""What requests to tables demand, from the emulator's records of tables and items."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from aws_emulator.dynamodb.throughput import Demand, count_read_units, count_write_units
from aws_emulator.ministack.emulator import Emulator

Item = Mapping[str, Any]
Table = Mapping[str, Any]
# What a request that is not as it should be runs into; the service says what is wrong with it.
MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class TableDemands:
    """Demands of one read or one write."""

    def __init__(self, emulator: Emulator) -> None:
        self._service = emulator.module("dynamodb")

    def find_table(self, name: object) -> Table | None:
        """The record of a table by name or ARN; None if there is none."""
        try:
            return self._service._tables.get(self._service._normalize_table_name(name))
        except MALFORMED:
            return None

    def find_item(self, table: Table, key: Item) -> Item | None:
        """The item with a key."""
        return self._service._get_item_by_key(table, key)

    def find_key(self, table: Table, item: Item) -> Item:
        """The key of an item."""
        return self._service._extract_key_from_item(table, item)

    def compute_write(
        self, table: Table, old: Item | None, new: Item | None, *, transactional: bool = False
    ) -> list[Demand]:
        """Of a write that turns an item into another; None stands for no item.

        A transaction doubles the table's units, not those of its indexes.
        """
        size = max((self._service._item_size_bytes(item) for item in (old, new) if item), default=0)
        partition = self._read_key_value(new or old or {}, str(table.get("pk_name")))
        demands = [Demand("write", count_write_units(size, transactional=transactional), "", partition)]
        for index in table.get("GlobalSecondaryIndexes") or ():
            units = self._service._index_write_units(table, index, old, new)
            if units:
                value = self._read_key_value(new or old or {}, _find_hash_key(index))
                demands.append(Demand("write", units, index["IndexName"], value))
        local = sum(self._service._index_write_units(table, i, old, new) for i in table["LocalSecondaryIndexes"] or ())
        return [*demands, Demand("write", local, "", partition)] if local else demands

    def compute_read(self, table: Table, key: Item, *, consistent: bool, transactional: bool = False) -> list[Demand]:
        """Of a read of one item by its key."""
        size = self._service._item_size_bytes(self.find_item(table, key) or {})
        units = count_read_units(size, consistent=consistent, transactional=transactional)
        return [Demand("read", units, "", self._read_key_value(key, str(table.get("pk_name"))))]

    def compute_page(
        self, table: Table, items: Sequence[Item], index: str | None, *, consistent: bool, whole: bool
    ) -> list[Demand]:
        """Of a page of a query or, where items of the `whole` table are read, of a scan."""
        project: Callable[..., Item] = self._service._apply_index_projection
        size = sum(self._service._item_size_bytes(project(i, table, index) if index else i) for i in items)
        found = _find_global_index(table, index)
        attribute = _find_hash_key(found) if found else str(table.get("pk_name"))
        partition = self._read_key_value(items[0], attribute) if items and not whole else None
        units = count_read_units(size, consistent=consistent)
        return [Demand("read", units, str(index) if found else "", partition)]

    def _read_key_value(self, item: Item, attribute: str) -> Hashable:
        value = item.get(attribute)
        return None if value is None else self._service._extract_key_val(value)


def _find_global_index(table: Table, name: str | None) -> Mapping[str, Any] | None:
    """A global index; a local one shares its table's throughput."""
    indexes = table.get("GlobalSecondaryIndexes") or ()
    return next((index for index in indexes if index["IndexName"] == name), None)


def _find_hash_key(index: Mapping[str, Any]) -> str:
    return next((str(k["AttributeName"]) for k in index.get("KeySchema") or () if k.get("KeyType") == "HASH"), "")
