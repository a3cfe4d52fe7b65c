"""Delivery from buses and schedules to targets: what fails is tried again, then kept in a dead-letter queue."""
