"""The embedded engine: Pulumi programs without the Pulumi CLI, for local sandboxes.

`engine.Engine` is the way in. Nothing is imported here, so that who only reads a state file does not load Pulumi's SDK.
"""
