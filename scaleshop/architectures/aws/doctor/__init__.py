"""Checks of an AWS account before the first deployment of a stack."""
