"""Budgets."""

from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import keep_given, own_tags, retag, tag_list, tag_pairs
from sandbox.handler import Handler, observe_inputs


class BudgetHandler(Handler):
    """A budget."""

    token = "aws:budgets/budget:Budget"
    name_property = "name"
    name_limit = 100
    replaces = frozenset({"name", "namePrefix", "accountId"})
    enforcement = "records"
    note = "Stored; nothing costs anything here. AWS would tell the subscribers when the forecast passes the limit."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        notifications = [_notification(n) for n in inputs.get("notifications") or []]
        clients.budgets.create_budget(
            AccountId=clients.account,
            Budget=_budget(inputs),
            NotificationsWithSubscribers=notifications,
            ResourceTags=tag_list(inputs),
        )
        return f"{clients.account}:{inputs['name']}", self._outputs(clients, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.budgets.describe_budget(AccountId=clients.account, BudgetName=id_.split(":", 1)[1])["Budget"]
        filters = [{"name": name, "values": values} for name, values in (found.get("CostFilters") or {}).items()]
        seen = {
            "budgetType": found["BudgetType"],
            "timeUnit": found["TimeUnit"],
            "limitUnit": found["BudgetLimit"]["Unit"],
            "costFilters": keep_given(inputs.get("costFilters"), filters or None),
            "notifications": self._notified(clients, inputs),
            **self._tags(clients, inputs),
        }
        amount = found["BudgetLimit"]["Amount"]
        if float(amount) != float(inputs.get("limitAmount", amount)):  # 50 comes back as 50.0
            seen["limitAmount"] = amount
        return self._outputs(clients, inputs), observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del id_
        clients.budgets.update_budget(AccountId=clients.account, NewBudget=_budget(news))
        target = {"AccountId": clients.account, "BudgetName": news["name"]}
        before, after = olds.get("notifications") or [], news.get("notifications") or []
        for gone in (n for n in before if n not in after):
            clients.budgets.delete_notification(**target, Notification=_notification(gone)["Notification"])
        for new in (n for n in after if n not in before):
            clients.budgets.create_notification(**target, **_notification(new))
        outputs = self._outputs(clients, news)
        arn = outputs["arn"]
        retag(
            olds,
            news,
            tag=lambda tags: clients.budgets.tag_resource(ResourceARN=arn, ResourceTags=tag_pairs(tags)),
            untag=lambda keys: clients.budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=keys),
        )
        return outputs

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.budgets.delete_budget(AccountId=clients.account, BudgetName=id_.split(":", 1)[1])

    def _tags(self, clients: Any, inputs: Properties) -> Properties:
        if not inputs.get("tags"):
            return {}
        arn = self._outputs(clients, inputs)["arn"]
        return own_tags(inputs, clients.budgets.list_tags_for_resource(ResourceARN=arn).get("ResourceTags") or [])

    def _notified(self, clients: Any, inputs: Properties) -> list[Properties] | None:
        """The program's notifications that are there; subscribers are looked up with them."""
        target = {"AccountId": clients.account, "BudgetName": inputs["name"]}
        found = clients.budgets.describe_notifications_for_budget(**target).get("Notifications") or []
        there = {_identity(one) for one in found}
        given = inputs.get("notifications") or []
        kept = [n for n in given if _identity(_notification(n)["Notification"]) in there]
        return [_as_subscribed(clients, target, n) for n in kept] or None

    def _outputs(self, clients: Any, inputs: Properties) -> Properties:
        return {"arn": f"arn:aws:budgets::{clients.account}:budget/{inputs['name']}", "accountId": clients.account}


HANDLERS = (BudgetHandler(),)


def _budget(inputs: Properties) -> dict[str, Any]:
    filters = {f["name"]: f["values"] for f in inputs.get("costFilters") or []}
    return {
        "BudgetName": inputs["name"],
        "BudgetType": inputs["budgetType"],
        "TimeUnit": inputs["timeUnit"],
        "BudgetLimit": {"Amount": inputs["limitAmount"], "Unit": inputs["limitUnit"]},
        **({"CostFilters": filters} if filters else {}),
    }


def _notification(given: Properties) -> dict[str, Any]:
    topics = [{"SubscriptionType": "SNS", "Address": a} for a in given.get("subscriberSnsTopicArns") or []]
    mails = [{"SubscriptionType": "EMAIL", "Address": a} for a in given.get("subscriberEmailAddresses") or []]
    return {
        "Notification": {
            "NotificationType": given["notificationType"],
            "ComparisonOperator": given["comparisonOperator"],
            "Threshold": given["threshold"],
            "ThresholdType": given["thresholdType"],
        },
        "Subscribers": [*topics, *mails],
    }


def _identity(notification: dict[str, Any]) -> tuple[str, ...]:
    threshold = float(notification["Threshold"])  # 80 comes back as 80.0
    kind = notification.get("ThresholdType") or "PERCENTAGE"
    return notification["NotificationType"], notification["ComparisonOperator"], str(threshold), kind


def _as_subscribed(clients: Any, target: dict[str, str], given: Properties) -> Properties:
    found = clients.budgets.describe_subscribers_for_notification(
        **target, Notification=_notification(given)["Notification"]
    )["Subscribers"]
    now = {
        "subscriberSnsTopicArns": [s["Address"] for s in found if s["SubscriptionType"] == "SNS"],
        "subscriberEmailAddresses": [s["Address"] for s in found if s["SubscriptionType"] == "EMAIL"],
    }
    changed = {key: value for key, value in now.items() if sorted(given.get(key) or []) != sorted(value)}
    return {**given, **changed}
