"""What each platform adds to the policies, in a folder of its own; `policies.core.registry` finds it.

`links.py` says how the platform's resources refer to each other, `values.py` what its cloud would decide of them; each
module with a `RULE`, in a folder for each service, is a rule.
"""
