"""Reusable Pulumi components, one package a cloud."""
