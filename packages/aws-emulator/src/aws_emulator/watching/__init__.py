"""CloudWatch as AWS documents it: a store of metrics, and alarms on them; no emulator in sight."""
