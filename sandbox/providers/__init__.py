"""Providers of the sandbox: resource types mapped to calls on local data planes."""
