"""Wrong inputs of S3 and Firehose, one at a time, with what the user reads."""

from check_rows import DROP, Row
from declaration_blocks import STRANGER

ROWS = (
    Row(
        "bucket",
        {"bucket": "Lake-Events"},
        'bucket: is "Lake-Events"; use 3 to 63 small letters, digits, hyphens and single dots',
    ),
    Row("bucket", {"bucket": "la"}, 'bucket: is "la"; use 3 to 63 small letters, digits, hyphens and single dots'),
    Row(
        "bucket",
        {"bucket": "lake..events"},
        'bucket: is "lake..events"; use 3 to 63 small letters, digits, hyphens and single dots',
    ),
    Row("bucket", {"bucket": "192.168.5.4"}, 'bucket: is "192.168.5.4", an IP address; use a name'),
    Row(
        "bucket",
        {"bucket": "xn--lake"},
        (
            'bucket: is "xn--lake"; S3 keeps the prefixes xn--, sthree-, amzn-s3-demo- and the suffixes '
            "-s3alias, --ol-s3, .mrap, --x-s3, --table-s3"
        ),
    ),
    Row(
        "bucket",
        {"bucket": "lake-s3alias"},
        (
            'bucket: is "lake-s3alias"; S3 keeps the prefixes xn--, sthree-, amzn-s3-demo- and the suffixes '
            "-s3alias, --ol-s3, .mrap, --x-s3, --table-s3"
        ),
    ),
    Row("versioning", {"bucket": "unknown"}, 'bucket: is "unknown", which does not exist; create the bucket first'),
    Row(
        "versioning",
        {"versioningConfiguration.status": "On"},
        'versioningConfiguration.status: is "On"; use Enabled, Suspended or Disabled',
    ),
    Row(
        "bucket-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/*"}
                ],
            }
        },
        ('policy: Statement[0] has the resource "arn:aws:s3:::other/*", not of the bucket lake-events; use its ARN'),
    ),
    Row(
        "bucket-policy",
        {
            "policy": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}],
            }
        },
        'policy: Statement[0] has no Resource; name ARNs or "*"',
    ),
    Row("lifecycle", {"rules[0].expiration.days": 0}, "rules[0].expiration.days: is 0; use 1 or more"),
    Row("lifecycle", {"rules[0].status": "On"}, 'rules[0].status: is "On"; use Enabled or Disabled'),
    Row(
        "lifecycle",
        {"rules[0].transitions[0].days": 29},
        "rules[0].transitions[0].days: is 29; STANDARD_IA takes objects after 30 days, use 30 or more",
    ),
    Row(
        "lifecycle",
        {"rules[0].transitions[0].storageClass": "COLD"},
        (
            'rules[0].transitions[0].storageClass: is "COLD"; use GLACIER, STANDARD_IA, ONEZONE_IA, '
            "INTELLIGENT_TIERING, DEEP_ARCHIVE or GLACIER_IR"
        ),
    ),
    Row(
        "lifecycle",
        {"rules": [{"id": "expire", "status": "Enabled"}]},
        (
            "rules[0].expiration: is missing; a rule has one of expiration, transitions, "
            "noncurrentVersionExpiration, noncurrentVersionTransitions, abortIncompleteMultipartUpload"
        ),
    ),
    Row(
        "lifecycle",
        {"rules[1]": {"id": "expire", "status": "Enabled", "expiration": {"days": 1}}},
        'rules[1].id: is "expire", another rule\'s as well; make it unique',
    ),
    Row(
        "encryption",
        {"rules[0].applyServerSideEncryptionByDefault.sseAlgorithm": "AES512"},
        (
            'rules[0].applyServerSideEncryptionByDefault.sseAlgorithm: is "AES512"; use AES256, aws:fsx, '
            "aws:backup, aws:kms or aws:kms:dsse"
        ),
    ),
    Row(
        "encryption",
        {"rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId": "1234"},
        ("rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId: is set for AES256; use aws:kms or drop it"),
    ),
    Row(
        "ownership",
        {"rule.objectOwnership": "Owner"},
        'rule.objectOwnership: is "Owner"; use BucketOwnerPreferred, ObjectWriter or BucketOwnerEnforced',
    ),
    Row(
        "public-access",
        {"blockPublicAcls": "maybe"},
        'blockPublicAcls: is "maybe", not a truth value; use true or false',
    ),
    Row("object-v2", {"key": "k" * 1025}, "key: has 1025 bytes; use 1024 or less"),
    Row("object-v2", {"contentBase64": "YQ=="}, "contentBase64: is set beside content; set one of them"),
    Row("object", {"storageClass": "COLD"}, 'storageClass: is "COLD"; use one of the service\'s 15 values'),
    Row("stream", {"name": "the lake"}, 'name: is "the lake"; use letters, digits and - . _'),
    Row(
        "stream",
        {"extendedS3Configuration": DROP},
        'extendedS3Configuration: is missing; the destination is "extended_s3"',
    ),
    Row(
        "stream",
        {"extendedS3Configuration.bufferingSize": 63},
        "extendedS3Configuration.bufferingSize: is 63; dynamic partitioning needs 64 to 128 MB",
    ),
    Row(
        "stream",
        {"extendedS3Configuration.bufferingSize": 129},
        "extendedS3Configuration.bufferingSize: is 129; use 1 to 128",
    ),
    Row(
        "stream",
        {"extendedS3Configuration.bufferingInterval": 901},
        "extendedS3Configuration.bufferingInterval: is 901; use 0 to 900",
    ),
    Row(
        "stream",
        {"extendedS3Configuration.bucketArn": "lake-events"},
        'extendedS3Configuration.bucketArn: is "lake-events"; use an ARN such as arn:aws:s3:::<bucket>',
    ),
    Row(
        "stream",
        {"extendedS3Configuration.roleArn": STRANGER},
        (
            'extendedS3Configuration.roleArn: is "arn:aws:iam::000000000000:role/stranger", which '
            "firehose.amazonaws.com may not assume; name it in the role's trust policy"
        ),
    ),
    Row(
        "stream",
        {"extendedS3Configuration.compressionFormat": "BROTLI"},
        (
            'extendedS3Configuration.compressionFormat: is "BROTLI"; use UNCOMPRESSED, GZIP, ZIP, Snappy or '
            "HADOOP_SNAPPY"
        ),
    ),
    Row(
        "stream",
        {"extendedS3Configuration.dynamicPartitioningConfiguration": DROP},
        ("extendedS3Configuration.prefix: has partition keys; enable dynamicPartitioningConfiguration or drop them"),
    ),
    Row(
        "stream",
        {"extendedS3Configuration.processingConfiguration": DROP},
        ("extendedS3Configuration.prefix: has keys of a query; add a processor of the type MetadataExtraction"),
    ),
    Row(
        "stream",
        {"extendedS3Configuration.processingConfiguration.processors[0].parameters[1]": DROP},
        (
            "extendedS3Configuration.processingConfiguration.processors[0].parameters: has no "
            "MetadataExtractionQuery; a MetadataExtraction processor needs it"
        ),
    ),
    Row(
        "stream",
        {"extendedS3Configuration.errorOutputPrefix": DROP},
        (
            "extendedS3Configuration.errorOutputPrefix: is missing; prefix has expressions, use e.g. "
            "errors/!{firehose:error-output-type}/"
        ),
    ),
    Row(
        "stream",
        {"extendedS3Configuration.errorOutputPrefix": "errors/!{timestamp:yyyy}/"},
        ("extendedS3Configuration.errorOutputPrefix: has expressions but not !{firehose:error-output-type}; add it"),
    ),
    Row(
        "stream",
        {"extendedS3Configuration.cloudwatchLoggingOptions.logStreamName": DROP},
        "extendedS3Configuration.cloudwatchLoggingOptions.logStreamName: is missing; logging is enabled",
    ),
    Row(
        "bucket",
        {"tags": {"aws:owner": "shop"}},
        'tags: has the key "aws:owner"; the prefix aws: is kept, use another one',
    ),
    Row("bucket", {"tags": {"owner": "x" * 257}}, 'tags: has a value of 257 characters at "owner"; use 256 or less'),
    Row("bucket", {"tagsAll": {f"t{number}": "x" for number in range(51)}}, "tags: has 51 entries; use 50 or less"),
    Row(
        "stream",
        {"extendedS3Configuration.dataFormatConversionConfiguration": {"enabled": True}},
        "extendedS3Configuration.compressionFormat: is GZIP beside a format conversion; use UNCOMPRESSED",
    ),
    Row(
        "stream",
        {"extendedS3Configuration.prefix": "events/!{firehose:error-output-type}/"},
        ("extendedS3Configuration.prefix: has !{firehose:error-output-type}; it belongs into errorOutputPrefix"),
    ),
    Row(
        "bucket",
        {"tags": {"k" * 129: "x"}},
        (
            "tags: has the key "
            '"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk... '
            "of 129 characters; use 1 to 128"
        ),
    ),
)
