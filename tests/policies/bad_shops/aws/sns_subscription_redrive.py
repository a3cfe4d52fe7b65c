"""A subscription that throws away what it cannot deliver."""

import good
import pulumi_aws as aws

alarms = good.topic()
news = aws.sns.Topic("news", tags=good.TAGS)
orders = good.queue("orders", alarms, dead=good.dead_letters("orders-dead", alarms))
# finds: aws-res-12 'news-orders': it has no redrive policy
aws.sns.TopicSubscription("news-orders", topic=news.arn, protocol="sqs", endpoint=orders.arn)
