"""What AWS does, as executable behaviours: run against the sandbox, and against a real account by whoever has one."""
