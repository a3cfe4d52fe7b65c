"""The `scaleshop` command, and the public components for Pulumi's plugin host."""
