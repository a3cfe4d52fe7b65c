"""CloudWatch: metrics of services with their statistics, and alarms on them."""
