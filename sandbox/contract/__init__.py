"""What clouds do, as executable behaviours: run against a sandbox, and against a real account by whoever has one."""
