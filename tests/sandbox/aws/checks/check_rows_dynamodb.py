"""Wrong inputs of DynamoDB and autoscaling, one at a time, with what the user reads."""

from check_rows import DROP, Row

ROWS = (
    Row("table", {"name": "or"}, 'name: is "or"; use 3 to 255 letters, digits, underscores, hyphens and dots'),
    Row(
        "table",
        {"name": "the orders"},
        'name: is "the orders"; use 3 to 255 letters, digits, underscores, hyphens and dots',
    ),
    Row("table", {"hashKey": DROP}, "hashKey: is missing; a table needs a partition key"),
    Row(
        "table",
        {"rangeKey": "pk", "attributes": [{"name": name, "type": "S"} for name in ("pk", "due")]},
        'rangeKey: is "pk", the hashKey as well; use another attribute',
    ),
    Row(
        "table",
        {"attributes": [{"name": name, "type": "S"} for name in ("pk", "sk")]},
        (
            'globalSecondaryIndexes[0].keySchemas[0].attributeName: is "due", which attributes does not '
            "declare; add it with its type"
        ),
    ),
    Row(
        "table",
        {"attributes": [{"name": name, "type": "S"} for name in ("pk", "sk", "due", "paid")]},
        'attributes[3].name: is "paid", which no key uses; declare key attributes only',
    ),
    Row(
        "table",
        {"attributes": [{"name": name, "type": "S"} for name in ("pk", "sk", "due", "pk")]},
        'attributes[0].name: is "pk", which is declared twice; drop one',
    ),
    Row("table", {"attributes[0].type": "STRING"}, 'attributes[0].type: is "STRING"; use S, N or B'),
    Row("table", {"attributes[0]": {"name": "pk"}}, "attributes[0].type: is missing; the service requires it"),
    Row(
        "table",
        {
            "globalSecondaryIndexes[0].keySchemas": DROP,
            "attributes": [{"name": name, "type": "S"} for name in ("pk", "sk")],
        },
        "globalSecondaryIndexes[0].hashKey: is missing; an index needs hashKey, or keySchemas",
    ),
    Row(
        "table",
        {"globalSecondaryIndexes[0].keySchemas[0].keyType": "RANGE"},
        "globalSecondaryIndexes[0].keySchemas: has no element of the keyType HASH; add one",
    ),
    Row(
        "table",
        {"globalSecondaryIndexes[0].hashKey": "due"},
        "globalSecondaryIndexes[0].keySchemas: is set beside hashKey; set one of them",
    ),
    Row(
        "table",
        {"globalSecondaryIndexes[0].projectionType": "INCLUDE"},
        "globalSecondaryIndexes[0].nonKeyAttributes: is missing; the projectionType is INCLUDE",
    ),
    Row(
        "table",
        {"globalSecondaryIndexes[0].nonKeyAttributes": ["total"]},
        ("globalSecondaryIndexes[0].nonKeyAttributes: is set beside the projectionType ALL; use INCLUDE or drop it"),
    ),
    Row(
        "table",
        {"globalSecondaryIndexes[0].projectionType": "SOME"},
        'globalSecondaryIndexes[0].projectionType: is "SOME"; use ALL, KEYS_ONLY or INCLUDE',
    ),
    Row(
        "table",
        {"localSecondaryIndexes": [{"name": "due", "rangeKey": "due", "projectionType": "ALL"}]},
        'localSecondaryIndexes[0].name: is "due", another index\'s name as well; make it unique',
    ),
    Row(
        "table",
        {
            "rangeKey": DROP,
            "attributes": [{"name": name, "type": "S"} for name in ("pk", "due")],
            "localSecondaryIndexes": [{"name": "other", "rangeKey": "due", "projectionType": "ALL"}],
        },
        "rangeKey: is missing; a table with localSecondaryIndexes needs one",
    ),
    Row(
        "table",
        {"readCapacity": 5},
        "readCapacity: is 5 with the billingMode PAY_PER_REQUEST; drop it or use PROVISIONED",
    ),
    Row("table", {"billingMode": "ON_DEMAND"}, 'billingMode: is "ON_DEMAND"; use PROVISIONED or PAY_PER_REQUEST'),
    Row(
        "provisioned-table",
        {"writeCapacity": DROP},
        "writeCapacity: is missing; a provisioned table needs 1 or more, or use PAY_PER_REQUEST",
    ),
    Row(
        "provisioned-table",
        {"readCapacity": 0},
        "readCapacity: is 0; a provisioned table needs 1 or more, or use PAY_PER_REQUEST",
    ),
    Row(
        "provisioned-table",
        {"onDemandThroughput": {"maxReadRequestUnits": 10}},
        "onDemandThroughput: is set on a provisioned table; set billingMode to PAY_PER_REQUEST",
    ),
    Row(
        "table",
        {"streamViewType": DROP},
        "streamViewType: is missing; streamEnabled is true, use e.g. NEW_AND_OLD_IMAGES",
    ),
    Row(
        "table",
        {"streamViewType": "ALL"},
        'streamViewType: is "ALL"; use NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES or KEYS_ONLY',
    ),
    Row("table", {"ttl": {"enabled": True}}, "ttl.attributeName: is missing; ttl.enabled is true"),
    Row(
        "table",
        {"pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 36}},
        "pointInTimeRecovery.recoveryPeriodInDays: is 36; use 1 to 35",
    ),
    Row("scalable-target", {"minCapacity": 51}, "minCapacity: is 51, above the maxCapacity of 50; use 50 or less"),
    Row("scalable-target", {"minCapacity": -1}, "minCapacity: is -1; use 0 or more"),
    Row(
        "scalable-target",
        {"resourceId": "stock"},
        'resourceId: is "stock"; use table/<name> or table/<name>/index/<index>',
    ),
    Row(
        "scalable-target",
        {"resourceId": "table/unknown"},
        'resourceId: is "table/unknown", which does not exist; create the table first',
    ),
    Row(
        "scalable-target",
        {"serviceNamespace": "lambda"},
        'scalableDimension: is "dynamodb:table:ReadCapacityUnits"; one of lambda starts with lambda:',
    ),
    Row(
        "scaling-policy",
        {"resourceId": "table/orders"},
        ('resourceId: is "table/orders", no scalable target for dynamodb:table:ReadCapacityUnits; register it first'),
    ),
    Row(
        "scaling-policy",
        {"targetTrackingScalingPolicyConfiguration.targetValue": 91},
        "targetTrackingScalingPolicyConfiguration.targetValue: is 91; use 20 to 90 percent",
    ),
    Row(
        "scaling-policy",
        {"targetTrackingScalingPolicyConfiguration": DROP},
        "targetTrackingScalingPolicyConfiguration: is missing; the policyType is TargetTrackingScaling",
    ),
    Row(
        "table",
        {
            "localSecondaryIndexes": [
                {"name": f"own-{number}", "rangeKey": "due", "projectionType": "ALL"} for number in range(6)
            ]
        },
        "localSecondaryIndexes: has 6 elements; use 5 or less",
    ),
    Row(
        "table",
        {"globalSecondaryIndexes[0].keySchemas": [{"attributeName": "due", "keyType": "HASH"}] * 5},
        "globalSecondaryIndexes[0].keySchemas: has 5 elements of the keyType HASH; use 4 or less",
    ),
)
