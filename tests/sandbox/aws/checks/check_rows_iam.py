"""Wrong inputs of IAM, one at a time, with what the user reads."""

from check_rows import Row
from declaration_blocks import HALF_POLICY, LONG_POLICY, LONG_TRUST, ROLE

ROWS = (
    Row("role", {"name": "a role"}, 'name: is "a role"; use letters, digits and + , - . = @ _'),
    Row("role", {"name": "r" * 65}, "name: has 65 characters; use 1 to 64"),
    Row("role", {"maxSessionDuration": 3_599}, "maxSessionDuration: is 3599; use 3600 to 43200"),
    Row(
        "role",
        {"assumeRolePolicy": "lambda.amazonaws.com"},
        "assumeRolePolicy: is not JSON (Expecting value: line 1 column 1 (char 0)); use a JSON object",
    ),
    Row(
        "role",
        {"assumeRolePolicy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}},
        "assumeRolePolicy: Statement[0] has no Principal; say who is meant",
    ),
    Row(
        "role",
        {
            "assumeRolePolicy": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*", "Resource": "*"}],
            }
        },
        "assumeRolePolicy: Statement[0] has a Resource; a role's trust names none",
    ),
    Row("role", {"assumeRolePolicy": LONG_TRUST}, "assumeRolePolicy: has 4669 characters; use 4096 or less"),
    Row(
        "role",
        {"permissionsBoundary": "boundary"},
        'permissionsBoundary: is "boundary", no managed policy; use arn:aws:iam::<account>:policy/<name>',
    ),
    Row(
        "role",
        {"permissionsBoundary": ROLE},
        (
            'permissionsBoundary: is "arn:aws:iam::000000000000:role/worker", no managed policy; use '
            "arn:aws:iam::<account>:policy/<name>"
        ),
    ),
    Row("role-policy", {"policy": {"Version": "2012-10-17"}}, "policy: has no Statement; give at least one"),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2020-01-01",
                "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
            }
        },
        'policy: has the Version "2020-01-01"; use "2012-10-17"',
    ),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statements": [],
                "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
            }
        },
        'policy: has the unknown key "Statements"; a policy has Version, Id or Statement',
    ),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "allow", "Action": "s3:GetObject", "Resource": "*"}],
            }
        },
        'policy: Statement[0] has the Effect "allow"; use Allow or Deny',
    ),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "GetObject", "Resource": "*"}],
            }
        },
        'policy: Statement[0] has the action "GetObject"; use "<service>:<Action>" or "*"',
    ),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "NotAction": "s3:*"}],
            }
        },
        "policy: Statement[0] needs one of Action and NotAction",
    ),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "orders"}],
            }
        },
        'policy: Statement[0] has the resource "orders"; use an ARN or "*"',
    ),
    Row(
        "role-policy",
        {"policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject"}]}},
        'policy: Statement[0] has no Resource; name ARNs or "*"',
    ),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"}],
            }
        },
        "policy: Statement[0] has a Principal; only policies of resources and roles' trust name one",
    ),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Sid": "read-all"}],
            }
        },
        'policy: Statement[0] has the Sid "read-all"; use letters and digits',
    ),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "s3:GetObject",
                        "Resource": "*",
                        "Condition": {"StringIs": {"aws:PrincipalTag/team": "shop"}},
                    }
                ],
            }
        },
        ('policy: Statement[0] has the unknown condition operator "StringIs"; use one such as StringEquals or ArnLike'),
    ),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Ressource": "*"}],
            }
        },
        (
            'policy: Statement[0] has the unknown key "Ressource"; a statement has Sid, Effect, Principal, '
            "NotPrincipal, Action, NotAction, Resource, NotResource or Condition"
        ),
    ),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
                    {"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
                ],
            }
        },
        'policy: has two statements with the Sid "A"; make it unique',
    ),
    Row(
        "role-policy",
        {"policy": LONG_POLICY},
        "policy: has 10660 characters; use 10240 or less in all, or a managed policy",
    ),
    Row(
        "role-policy",
        {"policy": HALF_POLICY},
        (
            "policy: has 5380 characters beside 5380 in the role's other policies; use 10240 or less in all, "
            "or a managed policy"
        ),
        beside={"half": ("role-policy", {"name": "half", "policy": HALF_POLICY})},
    ),
    Row(
        "role-policy", {"role": ROLE}, 'role: is "arn:aws:iam::000000000000:role/worker", an ARN; use the role\'s name'
    ),
    Row("role-policy", {"role": "unknown"}, 'role: is "unknown", which does not exist; create the role first'),
    Row(
        "attachment",
        {"policyArn": "AWSLambdaBasicExecutionRole"},
        ('policyArn: is "AWSLambdaBasicExecutionRole", no managed policy; use arn:aws:iam::<account>:policy/<name>'),
    ),
    Row(
        "attachment",
        {"policyArn": ROLE},
        (
            'policyArn: is "arn:aws:iam::000000000000:role/worker", no managed policy; use '
            "arn:aws:iam::<account>:policy/<name>"
        ),
    ),
    Row(
        "role-policy",
        {"policy": {"Version": "2012-10-17", "Statement": ["s3:*"]}},
        'policy: Statement[0] is "s3:*"; use an object',
    ),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": ["x"]}],
            }
        },
        'policy: Statement[0] has the Condition ["x"]; use an object of operators',
    ),
    Row(
        "role-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "s3:GetObject",
                        "Resource": "*",
                        "Condition": {"StringEquals": "shop"},
                    }
                ],
            }
        },
        'policy: Statement[0] has a condition StringEquals of "shop"; use an object of keys and values',
    ),
)
