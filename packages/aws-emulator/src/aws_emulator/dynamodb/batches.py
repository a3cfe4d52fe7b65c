"""Batches and transactions on tables: a batch is done as far as the throughput goes, a transaction whole or not."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from aws_emulator.dynamodb.demands import MALFORMED, Item, Table, TableDemands
from aws_emulator.dynamodb.ledger import Ledger, identify_table
from aws_emulator.dynamodb.throttles import TableThrottle, build_cancellation
from aws_emulator.dynamodb.throughput import Demand
from aws_emulator.ministack.emulator import ServiceResponse

Handler = Callable[[Any], ServiceResponse]
Estimate = Callable[[Any], tuple[Table, list[Demand]]]
Split = tuple[dict[str, Any], dict[str, Any], TableThrottle]
TRANSACTION = "TransactionCanceledException"
CONTENT = "application/x-amz-json-1.0"


def build_refusal(throttle: TableThrottle) -> ServiceResponse:
    """The answer to a request that is refused."""
    headers = {"Content-Type": CONTENT, "x-amzn-errortype": throttle.code}
    return 400, headers, json.dumps(throttle.body).encode()


class TableBatches:
    """Batches and transactions, let in by a ledger."""

    def __init__(self, demands: TableDemands, ledger: Ledger, count: Callable[[TableThrottle], None]) -> None:
        """Know what requests demand and what is left.

        Args:
            demands: What a request demands.
            ledger: What is left.
            count: Called with everything that is refused.
        """
        self._demands, self._ledger, self._count = demands, ledger, count

    def write(self, original: Handler, data: Any) -> ServiceResponse:
        """BatchWriteItem."""
        split = self._split(data, lambda requests: requests, self._write, lambda _, rest: rest)
        return self._run_partly(original, data, "UnprocessedItems", split)

    def read(self, original: Handler, data: Any) -> ServiceResponse:
        """BatchGetItem."""
        split = self._split(
            data, lambda config: config["Keys"], self._read, lambda config, rest: {**config, "Keys": rest}
        )
        return self._run_partly(original, data, "UnprocessedKeys", split)

    def transact(self, original: Handler, data: Any, estimate: Estimate) -> ServiceResponse:
        """A transaction, each of whose actions demands what `estimate` says; what cancels it costs as much."""
        actions = _estimate_actions(data, estimate)
        refused = self._find_refusals(actions)
        if refused:
            body = json.dumps(build_cancellation(len(actions), refused)).encode()
            return 400, {"Content-Type": CONTENT, "x-amzn-errortype": TRANSACTION}, body
        answer = original(data)
        if answer[1].get("x-amzn-errortype") == TRANSACTION:
            self.spend(data, estimate)
        return answer

    def estimate_write(self, action: Mapping[str, Any]) -> tuple[Table, list[Demand]]:
        """What an action of TransactWriteItems demands; an update as if the item stayed as it is."""
        ((kind, operation),) = action.items()
        table = self._find_table(operation["TableName"])
        if kind == "Put":
            old = self._demands.find_item(table, self._demands.find_key(table, operation["Item"]))
            return table, self._demands.compute_write(table, old, operation["Item"], transactional=True)
        old = self._demands.find_item(table, operation["Key"]) or operation["Key"]
        new = None if kind == "Delete" else old
        return table, self._demands.compute_write(table, old, new, transactional=True)

    def estimate_read(self, action: Mapping[str, Any]) -> tuple[Table, list[Demand]]:
        """What an action of TransactGetItems demands."""
        table = self._find_table(action["Get"]["TableName"])
        return table, self._demands.compute_read(table, action["Get"]["Key"], consistent=True, transactional=True)

    def spend(self, data: Any, estimate: Estimate, kind: str = "") -> None:
        """Spend what actions demand, of one kind alone if it is given."""
        for table, demands in _estimate_actions(data, estimate, kind):
            self._ledger.spend(table, demands)

    def _find_refusals(self, actions: list[tuple[Table, list[Demand]]]) -> dict[int, TableThrottle]:
        """What refuses each action; those on one table are judged together."""
        tables = {identify_table(table): table for table, _ in actions}
        refused: dict[int, TableThrottle] = {}
        for id_, table in tables.items():
            own = [position for position, (of, _) in enumerate(actions) if identify_table(of) == id_]
            throttle = self._ledger.find_throttle(table, [d for position in own for d in actions[position][1]])
            if throttle:
                self._count(throttle)
                refused.update(dict.fromkeys(own, throttle))
        return refused

    def _split(
        self,
        data: Any,
        members: Callable[[Any], Any],
        demand: Callable[[Table, Any, Any], list[Demand]],
        rest: Callable[[Any, list[Any]], Any],
    ) -> Split | None:
        """What is let in and spent, what is not, and what refused the first of it; None if nothing is refused."""
        kept: dict[str, Any] = {}
        left: dict[str, Any] = {}
        first: TableThrottle | None = None
        try:
            wanted = [
                (
                    name,
                    config,
                    self._find_table(name),
                    [(m, demand(self._find_table(name), config, m)) for m in members(config)],
                )
                for name, config in data["RequestItems"].items()
            ]
        except MALFORMED:
            return None
        for name, config, table, found in wanted:
            accepted, refused = [], []
            for member, demands in found:
                throttle = self._ledger.find_throttle(table, demands)
                (refused if throttle else accepted).append(member)
                if throttle is None:
                    self._ledger.spend(table, demands)
                first = first or throttle
            kept.update({name: rest(config, accepted)} if accepted else {})
            left.update({name: rest(config, refused)} if refused else {})
        return (kept, left, first) if first else None

    def _run_partly(self, original: Handler, data: Any, name: str, split: Split | None) -> ServiceResponse:
        if split is None:
            return original(data)
        kept, left, throttle = split
        self._count(throttle)
        if not kept:
            return build_refusal(throttle)
        status, headers, body = original({**data, "RequestItems": kept})
        if status != 200:
            return status, headers, body
        return status, headers, json.dumps({**json.loads(body), name: left}).encode()

    def _write(self, table: Table, _: Any, request: Mapping[str, Any]) -> list[Demand]:
        new: Item | None = request["PutRequest"]["Item"] if "PutRequest" in request else None
        key = self._demands.find_key(table, new) if new is not None else request["DeleteRequest"]["Key"]
        old = self._demands.find_item(table, key)
        return self._demands.compute_write(table, old or (key if new is None else None), new)

    def _read(self, table: Table, config: Mapping[str, Any], key: Item) -> list[Demand]:
        return self._demands.compute_read(table, key, consistent=bool(config.get("ConsistentRead")))

    def _find_table(self, name: object) -> Table:
        table = self._demands.find_table(name)
        if table is None:
            raise KeyError(name)
        return table


def _estimate_actions(data: Any, estimate: Estimate, kind: str = "") -> list[tuple[Table, list[Demand]]]:
    """Tables and demands of the actions; empty for a transaction that is not as it should be."""
    try:
        return [estimate(action) for action in data["TransactItems"] if not kind or kind in action]
    except MALFORMED:
        return []
