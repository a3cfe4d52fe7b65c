"""Handlers of types that the data plane does not know: kept in the stack's state alone."""

import uuid
from typing import Any

from engine.protocol import Properties
from sandbox.handler import Handler


class StateOnlyHandler(Handler):
    """A type that the data plane does not know: kept in the stack's state and nowhere else."""

    enforcement = "records"

    def __init__(self, token: str, *, note: str, arn: str, replaces: frozenset[str], name: str | None = None) -> None:
        """Describe a type.

        Args:
            token: The type.
            note: What AWS would do.
            arn: The ARN's service and resource part, with `{region}`, `{account}`, `{name}` and `{id}`.
            replaces: Properties whose change replaces it.
            name: The property that is named automatically.
        """
        self.token, self.note, self._arn, self.replaces, self.name_property = token, note, arn, replaces, name

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        id_ = uuid.uuid4().hex
        name = inputs.get(self.name_property or "name") or id_
        return id_, {"arn": self._arn.format(region=clients.region, account=clients.account, name=name, id=id_)}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        del clients, id_
        return {}, inputs

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del clients, id_, olds, news
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        """Nothing to do: it is in no data plane."""
