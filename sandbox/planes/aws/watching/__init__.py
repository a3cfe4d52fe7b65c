"""CloudWatch as AWS documents it: a store of metrics, metric math, alarms and metric filters; no emulator in sight."""
