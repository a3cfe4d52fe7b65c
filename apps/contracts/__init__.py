"""What the shop promises: its HTTP API, its events, who applies them, its refusals, its operators' actions."""

from pathlib import Path

OPENAPI = Path(__file__).with_name("openapi.yaml")
PROBLEMS = Path(__file__).with_name("problems.json")
OPS = Path(__file__).with_name("ops.json")
EVENTS = Path(__file__).with_name("events")
CONSUMERS = Path(__file__).with_name("consumers.json")
