"""Handlers of AWS resource types, a module for each service."""
