"""The rules, one module each, by platform; `policies.core.registry` finds them."""
