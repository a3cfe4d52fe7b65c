"""Supplements of the AWS data plane: what AWS does and the emulator does not, one process or adapter each."""
