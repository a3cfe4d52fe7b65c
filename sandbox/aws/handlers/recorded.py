"""Types that the data plane does not know."""

import uuid
from typing import Any

from engine.protocol import Properties
from sandbox.handler import Handler


class Recorded(Handler):
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


HANDLERS = (
    Recorded(
        "aws:wafv2/webAcl:WebAcl",
        note="Kept in the state; AWS would block requests that its rules match and limit those of one address.",
        arn="arn:aws:wafv2:{region}:{account}:global/webacl/{name}/{id}",
        replaces=frozenset({"name", "scope"}),
        name="name",
    ),
    Recorded(
        "aws:appautoscaling/target:Target",
        note="Kept in the state; AWS would hold the table's capacity between the bounds. What is provisioned acts.",
        arn="arn:aws:application-autoscaling:{region}:{account}:scalable-target/{id}",
        replaces=frozenset({"resourceId", "scalableDimension", "serviceNamespace"}),
    ),
    Recorded(
        "aws:appautoscaling/policy:Policy",
        note="Kept in the state; AWS would raise and lower the capacity with the load.",
        arn="arn:aws:autoscaling:{region}:{account}:scalingPolicy:{id}",
        replaces=frozenset({"name", "resourceId", "scalableDimension", "serviceNamespace"}),
        name="name",
    ),
)
