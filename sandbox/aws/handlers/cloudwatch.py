"""CloudWatch: log groups, alarms, dashboards."""

import json
from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import (
    camel_case,
    keep_given,
    own_tags,
    pascal_case,
    pick,
    retag,
    tag_list,
    tag_map,
    tag_pairs,
)
from sandbox.handler import Handler, observe_inputs

ALARM = (
    "Evaluated each period, unless it is on metric math, which is stored; tells topics and functions. AWS has other "
    "actions and anomaly bands too."
)


class LogGroupHandler(Handler):
    """A log group."""

    token = "aws:cloudwatch/logGroup:LogGroup"
    name_property = "name"
    name_limit = 512
    replaces = frozenset({"name", "namePrefix"})
    note = (
        "Functions log here; retention is stored: AWS would delete older lines. Metric filters and the embedded metric "
        "format make no metrics."
    )

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        key = {"kmsKeyId": inputs["kmsKeyId"]} if inputs.get("kmsKeyId") else {}
        clients.logs.create_log_group(logGroupName=inputs["name"], tags=tag_map(inputs), **key)
        self._retain(clients, inputs["name"], inputs)
        return inputs["name"], self._outputs(clients, inputs["name"])

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = self._find(clients, id_)
        if found is None:
            return None
        outputs = self._outputs(clients, id_)
        tags = clients.logs.list_tags_for_resource(resourceArn=outputs["arn"])["tags"] if inputs.get("tags") else {}
        seen = {"retentionInDays": found.get("retentionInDays", 0), **own_tags(inputs, tags)}
        return outputs, observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        self._retain(clients, id_, news)
        outputs = self._outputs(clients, id_)
        arn = outputs["arn"]
        retag(
            olds,
            news,
            tag=lambda tags: clients.logs.tag_resource(resourceArn=arn, tags=tags),
            untag=lambda keys: clients.logs.untag_resource(resourceArn=arn, tagKeys=keys),
        )
        return outputs

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.logs.delete_log_group(logGroupName=id_)

    def _retain(self, clients: Any, name: str, inputs: Properties) -> None:
        if inputs.get("retentionInDays"):
            clients.logs.put_retention_policy(logGroupName=name, retentionInDays=inputs["retentionInDays"])
        else:
            clients.logs.delete_retention_policy(logGroupName=name)

    def _find(self, clients: Any, name: str) -> dict[str, Any] | None:
        pages = clients.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
        return next((g for page in pages for g in page["logGroups"] if g["logGroupName"] == name), None)

    def _outputs(self, clients: Any, name: str) -> Properties:
        return {"arn": f"arn:aws:logs:{clients.region}:{clients.account}:log-group:{name}"}


class MetricAlarmHandler(Handler):
    """An alarm on a metric."""

    token = "aws:cloudwatch/metricAlarm:MetricAlarm"
    name_property = "name"
    name_limit = 255
    replaces = frozenset({"name"})
    note = ALARM
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
        seen: Properties = {mine: found[0].get(api) or None for mine, api in self.settings.items()}
        seen |= {key: found[0].get(self.settings[key]) for key in ("threshold", "actionsEnabled")}
        seen["dimensions"] = {d["Name"]: d["Value"] for d in found[0].get("Dimensions") or []} or None
        seen["metricQueries"] = keep_given(inputs.get("metricQueries"), camel_case(found[0].get("Metrics") or None))
        if seen["extendedStatistic"]:
            seen["statistic"] = None  # the plane fills in an average beside it
        outputs = self._outputs(clients, id_)
        return outputs, observe_inputs(self, inputs, {**seen, **_alarm_tags(clients, outputs["arn"], inputs)})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        self._put(clients, news)
        return _retag(clients, self._outputs(clients, id_), olds, news)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.cloudwatch.delete_alarms(AlarmNames=[id_])

    def _put(self, clients: Any, inputs: Properties) -> None:
        dimensions = [{"Name": k, "Value": v} for k, v in sorted((inputs.get("dimensions") or {}).items())]
        queries = [pascal_case(q) for q in inputs.get("metricQueries") or []]
        more = {"Metrics": queries} if queries else {"Dimensions": dimensions}
        clients.cloudwatch.put_metric_alarm(
            AlarmName=inputs["name"], Tags=tag_list(inputs), **pick(inputs, self.settings), **more
        )

    def _outputs(self, clients: Any, name: str) -> Properties:
        return {"arn": f"arn:aws:cloudwatch:{clients.region}:{clients.account}:alarm:{name}"}


class CompositeAlarmHandler(Handler):
    """An alarm on alarms."""

    token = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
    replaces = frozenset({"alarmName"})
    note = "Follows its children; tells topics and functions. AWS has other actions and a suppressor too."
    settings = {
        "alarmRule": "AlarmRule",
        "alarmDescription": "AlarmDescription",
        "alarmActions": "AlarmActions",
        "okActions": "OKActions",
    }

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        self._put(clients, inputs)
        return inputs["alarmName"], self._outputs(clients, inputs["alarmName"])

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.cloudwatch.describe_alarms(AlarmNames=[id_], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        if not found:
            return None
        seen = {mine: found[0].get(api) or None for mine, api in self.settings.items()}
        outputs = self._outputs(clients, id_)
        return outputs, observe_inputs(self, inputs, {**seen, **_alarm_tags(clients, outputs["arn"], inputs)})

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        self._put(clients, news)
        return _retag(clients, self._outputs(clients, id_), olds, news)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.cloudwatch.delete_alarms(AlarmNames=[id_])

    def _put(self, clients: Any, inputs: Properties) -> None:
        clients.cloudwatch.put_composite_alarm(
            AlarmName=inputs["alarmName"], Tags=tag_list(inputs), **pick(inputs, self.settings)
        )

    def _outputs(self, clients: Any, name: str) -> Properties:
        return {"arn": f"arn:aws:cloudwatch:{clients.region}:{clients.account}:alarm:{name}"}


class DashboardHandler(Handler):
    """A dashboard."""

    token = "aws:cloudwatch/dashboard:Dashboard"
    replaces = frozenset({"dashboardName"})
    documents = frozenset({"dashboardBody"})
    enforcement = "records"
    note = "Stored; there is no console here. AWS would draw it in its own."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        return inputs["dashboardName"], self._put(clients, inputs)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.cloudwatch.get_dashboard(DashboardName=id_)
        return self._outputs(clients, id_), observe_inputs(self, inputs, {"dashboardBody": found["DashboardBody"]})

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


HANDLERS = (LogGroupHandler(), MetricAlarmHandler(), CompositeAlarmHandler(), DashboardHandler())


def _alarm_tags(clients: Any, arn: str, inputs: Properties) -> Properties:
    if not inputs.get("tags"):
        return {}
    return own_tags(inputs, clients.cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"])


def _retag(clients: Any, outputs: Properties, olds: Properties, news: Properties) -> Properties:
    arn = outputs["arn"]
    retag(
        olds,
        news,
        tag=lambda tags: clients.cloudwatch.tag_resource(ResourceARN=arn, Tags=tag_pairs(tags)),
        untag=lambda keys: clients.cloudwatch.untag_resource(ResourceARN=arn, TagKeys=keys),
    )
    return outputs
