"""The embedded engine: Pulumi programs without the Pulumi CLI. It knows no cloud: providers are handed in.

`engine.engine.Engine` is the entry point. Nothing is imported here, so that readers of a state file do not load
Pulumi's SDK.
"""
