"""The host of the sandbox: starts data planes as processes, and serves provider packages to the Pulumi CLI."""
