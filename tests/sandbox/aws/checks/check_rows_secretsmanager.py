"""Wrong inputs of KMS, Secrets Manager and Parameter Store, one at a time, with what the user reads."""

from check_rows import DROP, Row

ROWS = (
    Row("key", {"deletionWindowInDays": 6}, "deletionWindowInDays: is 6; use 7 to 30 days"),
    Row(
        "key",
        {"keyUsage": "ENCRYPT"},
        (
            'keyUsage: is "ENCRYPT"; use SIGN_VERIFY, ENCRYPT_DECRYPT, GENERATE_VERIFY_MAC, KEY_AGREEMENT or '
            "ENCAPSULATE_DECAPSULATE"
        ),
    ),
    Row(
        "key",
        {"customerMasterKeySpec": "RSA_2048"},
        "enableKeyRotation: is true for a RSA_2048 key; only SYMMETRIC_DEFAULT keys rotate, drop it",
    ),
    Row("key", {"rotationPeriodInDays": 89}, "rotationPeriodInDays: is 89; use 90 to 2560"),
    Row(
        "key",
        {"policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*"}]}},
        'policy: Statement[0] has no Resource; name ARNs or "*"',
    ),
    Row("key-alias", {"name": "orders"}, 'name: is "orders"; use alias/<name>'),
    Row(
        "key-alias",
        {"name": "alias/aws/orders"},
        'name: is "alias/aws/orders"; alias/aws/ is kept for AWS, use another name',
    ),
    Row("secret", {"recoveryWindowInDays": 3}, "recoveryWindowInDays: is 3; use 7 to 30 days, or 0 to delete at once"),
    Row("secret", {"name": "shop origin"}, 'name: is "shop origin"; use up to 512 letters, digits and /_+=.@-'),
    Row("secret-version", {"secretString": DROP}, "secretString: is missing; give secretString or secretBinary"),
    Row("secret-version", {"secretBinary": "eA=="}, "secretBinary: is set beside secretString; set one of them"),
    Row("parameter", {"name": "shop/rate"}, 'name: is "shop/rate"; a name with levels begins with a slash'),
    Row(
        "parameter",
        {"name": "/aws/rate"},
        'name: is "/aws/rate"; names that begin with aws or ssm are kept, use another one',
    ),
    Row("parameter", {"name": "/shop/the rate"}, 'name: is "/shop/the rate"; use up to 1011 letters, digits and _.-/'),
    Row("parameter", {"type": "Text"}, 'type: is "Text"; use String, StringList or SecureString'),
    Row("parameter", {"value": "x" * 4097}, "value: has 4097 bytes; use 4096 or less, or the tier Advanced"),
    Row("parameter", {"keyId": "alias/orders"}, "keyId: is set for the type String; use SecureString or drop it"),
    Row("parameter", {"name": "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a"}, "name: has 16 levels; use 15 or less"),
)
