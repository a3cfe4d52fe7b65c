"""CloudWatch, SNS, budgets: who hears what."""

import json
from typing import Any

from sandbox.protocol import Properties
from sandbox.providers.aws.values import as_given, camel, pairs, pascal, pick, retag, seen_tags, tag_list
from sandbox.providers.handler import Handler, observed

# A filter that every message passes: how a subscription's filter is taken away.
NO_FILTER = "{}"


class LogGroup(Handler):
    """A log group."""

    token = "aws:cloudwatch/logGroup:LogGroup"
    name_property = "name"
    name_limit = 512
    replaces = frozenset({"name", "namePrefix"})
    note = "Functions log here; retention is stored."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        clients.logs.create_log_group(logGroupName=inputs["name"])
        self._retain(clients, inputs["name"], inputs)
        return inputs["name"], self._outputs(clients, inputs["name"])

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = self._find(clients, id_)
        if found is None:
            return None
        seen = {"retentionInDays": found.get("retentionInDays", 0)}
        return self._outputs(clients, id_), observed(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        self._retain(clients, id_, news)
        return self._outputs(clients, id_)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.logs.delete_log_group(logGroupName=id_)

    def _retain(self, clients: Any, name: str, inputs: Properties) -> None:
        if inputs.get("retentionInDays"):
            clients.logs.put_retention_policy(logGroupName=name, retentionInDays=inputs["retentionInDays"])
        else:
            clients.logs.delete_retention_policy(logGroupName=name)

    def _find(self, clients: Any, name: str) -> dict[str, Any] | None:
        groups = clients.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        return next((g for g in groups if g["logGroupName"] == name), None)

    def _outputs(self, clients: Any, name: str) -> Properties:
        return {"arn": f"arn:aws:logs:{clients.region}:{clients.account}:log-group:{name}"}


class MetricAlarm(Handler):
    """An alarm on a metric."""

    token = "aws:cloudwatch/metricAlarm:MetricAlarm"
    name_property = "name"
    name_limit = 255
    replaces = frozenset({"name"})
    enforcement = "records"
    note = "Stored; no clock evaluates it here."
    settings = {
        "alarmDescription": "AlarmDescription",
        "namespace": "Namespace",
        "metricName": "MetricName",
        "statistic": "Statistic",
        "extendedStatistic": "ExtendedStatistic",
        "comparisonOperator": "ComparisonOperator",
        "threshold": "Threshold",
        "period": "Period",
        "evaluationPeriods": "EvaluationPeriods",
        "datapointsToAlarm": "DatapointsToAlarm",
        "treatMissingData": "TreatMissingData",
        "alarmActions": "AlarmActions",
        "okActions": "OKActions",
        "insufficientDataActions": "InsufficientDataActions",
        "actionsEnabled": "ActionsEnabled",
        "unit": "Unit",
    }

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs)
        return inputs["name"], self._outputs(clients, inputs["name"])

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.cloudwatch.describe_alarms(AlarmNames=[id_])["MetricAlarms"]
        if not found:
            return None
        seen = {
            mine: found[0].get(api) for mine, api in self.settings.items() if found[0].get(api) not in (None, "", [])
        }
        return self._outputs(clients, id_), observed(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        self._put(clients, news)
        return self._outputs(clients, id_)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.cloudwatch.delete_alarms(AlarmNames=[id_])

    def _put(self, clients: Any, inputs: Properties) -> None:
        dimensions = [{"Name": k, "Value": v} for k, v in sorted((inputs.get("dimensions") or {}).items())]
        queries = [pascal(q) for q in inputs.get("metricQueries") or []]
        more = {"Metrics": queries} if queries else {"Dimensions": dimensions}
        clients.cloudwatch.put_metric_alarm(AlarmName=inputs["name"], **pick(inputs, self.settings), **more)

    def _outputs(self, clients: Any, name: str) -> Properties:
        return {"arn": f"arn:aws:cloudwatch:{clients.region}:{clients.account}:alarm:{name}"}


class CompositeAlarm(Handler):
    """An alarm on alarms."""

    token = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
    replaces = frozenset({"alarmName"})
    enforcement = "records"
    note = "Stored; no clock evaluates it here."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs)
        return inputs["alarmName"], self._outputs(clients, inputs["alarmName"])

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.cloudwatch.describe_alarms(AlarmNames=[id_], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        return (self._outputs(clients, id_), inputs) if found else None

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        self._put(clients, news)
        return self._outputs(clients, id_)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.cloudwatch.delete_alarms(AlarmNames=[id_])

    def _put(self, clients: Any, inputs: Properties) -> None:
        optional = pick(inputs, {"alarmActions": "AlarmActions", "okActions": "OKActions"})
        clients.cloudwatch.put_composite_alarm(AlarmName=inputs["alarmName"], AlarmRule=inputs["alarmRule"], **optional)

    def _outputs(self, clients: Any, name: str) -> Properties:
        return {"arn": f"arn:aws:cloudwatch:{clients.region}:{clients.account}:alarm:{name}"}


class Dashboard(Handler):
    """A dashboard."""

    token = "aws:cloudwatch/dashboard:Dashboard"
    replaces = frozenset({"dashboardName"})
    documents = frozenset({"dashboardBody"})
    enforcement = "records"
    note = "Stored; there is no console to draw it."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        return inputs["dashboardName"], self._put(clients, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.cloudwatch.get_dashboard(DashboardName=id_)
        return self._outputs(clients, id_), observed(self, inputs, {"dashboardBody": found["DashboardBody"]})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del id_, olds
        return self._put(clients, news)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.cloudwatch.delete_dashboards(DashboardNames=[id_])

    def _put(self, clients: Any, inputs: Properties) -> Properties:
        json.loads(inputs["dashboardBody"])
        clients.cloudwatch.put_dashboard(DashboardName=inputs["dashboardName"], DashboardBody=inputs["dashboardBody"])
        return self._outputs(clients, inputs["dashboardName"])

    def _outputs(self, clients: Any, name: str) -> Properties:
        return {"dashboardArn": f"arn:aws:cloudwatch::{clients.account}:dashboard/{name}"}


class Topic(Handler):
    """A topic."""

    token = "aws:sns/topic:Topic"
    name_property = "name"
    name_limit = 256
    replaces = frozenset({"name", "namePrefix", "fifoTopic"})

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        attributes = {"FifoTopic": "true"} if inputs.get("fifoTopic") else {}
        if inputs.get("kmsMasterKeyId"):
            attributes["KmsMasterKeyId"] = inputs["kmsMasterKeyId"]
        arn = clients.sns.create_topic(Name=inputs["name"], Attributes=attributes, Tags=tag_list(inputs))["TopicArn"]
        return arn, {"arn": arn}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.sns.get_topic_attributes(TopicArn=id_)["Attributes"]
        tags = clients.sns.list_tags_for_resource(ResourceArn=id_)["Tags"]
        seen = {"kmsMasterKeyId": found.get("KmsMasterKeyId") or None, **seen_tags(inputs, tags)}
        return {"arn": id_}, observed(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        if olds.get("kmsMasterKeyId") != news.get("kmsMasterKeyId"):
            key = news.get("kmsMasterKeyId") or ""
            clients.sns.set_topic_attributes(TopicArn=id_, AttributeName="KmsMasterKeyId", AttributeValue=key)
        retag(
            olds,
            news,
            tag=lambda tags: clients.sns.tag_resource(ResourceArn=id_, Tags=pairs(tags)),
            untag=lambda keys: clients.sns.untag_resource(ResourceArn=id_, TagKeys=keys),
        )
        return {"arn": id_}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.sns.delete_topic(TopicArn=id_)


class TopicPolicy(Handler):
    """A topic's resource policy."""

    token = "aws:sns/topicPolicy:TopicPolicy"
    replaces = frozenset({"arn"})
    documents = frozenset({"policy"})
    enforcement = "records"
    note = "Stored; AWS would refuse publishers that it does not name."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs["arn"], inputs["policy"])
        return inputs["arn"], {}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.sns.get_topic_attributes(TopicArn=id_)["Attributes"].get("Policy")
        return {}, observed(self, inputs, {"policy": found}) if found else inputs

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        self._put(clients, id_, news["policy"])
        return {}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        """Nothing to do: a topic always has a policy, and goes with it."""

    def _put(self, clients: Any, arn: str, policy: str) -> None:
        clients.sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


class TopicSubscription(Handler):
    """A topic's subscriber."""

    token = "aws:sns/topicSubscription:TopicSubscription"
    replaces = frozenset({"topic", "protocol", "endpoint"})
    documents = frozenset({"filterPolicy", "redrivePolicy"})
    note = "Queues and functions are delivered to; e-mail is stored, no mail leaves the sandbox."
    settings = {
        "filterPolicy": "FilterPolicy",
        "rawMessageDelivery": "RawMessageDelivery",
        "redrivePolicy": "RedrivePolicy",
    }

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = clients.sns.subscribe(
            TopicArn=inputs["topic"],
            Protocol=inputs["protocol"],
            Endpoint=inputs["endpoint"],
            Attributes=self._attributes(inputs),
            ReturnSubscriptionArn=True,
        )
        return made["SubscriptionArn"], {"arn": made["SubscriptionArn"]}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.sns.get_subscription_attributes(SubscriptionArn=id_)["Attributes"]
        seen: Properties = {mine: found.get(api) or None for mine, api in self.settings.items()}
        seen["rawMessageDelivery"] = found.get("RawMessageDelivery") == "true"
        if seen["filterPolicy"] == NO_FILTER:
            seen["filterPolicy"] = None
        return {"arn": id_}, observed(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        unset = {"filterPolicy": NO_FILTER, "rawMessageDelivery": "false", "redrivePolicy": ""}
        cleared = {self.settings[key]: unset[key] for key in self.settings if key in olds and key not in news}
        for name, value in {**cleared, **self._attributes(news)}.items():
            clients.sns.set_subscription_attributes(SubscriptionArn=id_, AttributeName=name, AttributeValue=value)
        return {"arn": id_}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.sns.unsubscribe(SubscriptionArn=id_)

    def _attributes(self, inputs: Properties) -> dict[str, str]:
        found = pick(inputs, self.settings)
        return {k: str(v).lower() if isinstance(v, bool) else v for k, v in found.items()}


class Budget(Handler):
    """A budget."""

    token = "aws:budgets/budget:Budget"
    name_property = "name"
    name_limit = 100
    replaces = frozenset({"name", "namePrefix", "accountId"})
    enforcement = "records"
    note = "Stored; nothing costs anything here."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        notifications = [_notification(n) for n in inputs.get("notifications") or []]
        clients.budgets.create_budget(
            AccountId=clients.account, Budget=_budget(inputs), NotificationsWithSubscribers=notifications
        )
        return f"{clients.account}:{inputs['name']}", self._outputs(clients, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.budgets.describe_budget(AccountId=clients.account, BudgetName=id_.split(":", 1)[1])["Budget"]
        amount = found["BudgetLimit"]["Amount"]
        same = float(amount) == float(inputs.get("limitAmount", amount))
        seen = {} if same else {"limitAmount": amount}
        return self._outputs(clients, inputs), observed(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del id_, olds
        clients.budgets.update_budget(AccountId=clients.account, NewBudget=_budget(news))
        return self._outputs(clients, news)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.budgets.delete_budget(AccountId=clients.account, BudgetName=id_.split(":", 1)[1])

    def _outputs(self, clients: Any, inputs: Properties) -> Properties:
        return {"arn": f"arn:aws:budgets::{clients.account}:budget/{inputs['name']}", "accountId": clients.account}


HANDLERS = (
    LogGroup(),
    MetricAlarm(),
    CompositeAlarm(),
    Dashboard(),
    Topic(),
    TopicPolicy(),
    TopicSubscription(),
    Budget(),
)


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
