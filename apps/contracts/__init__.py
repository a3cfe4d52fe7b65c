"""What the shop promises: its HTTP API, its events, its refusals, its operators' actions."""

from pathlib import Path

OPENAPI = Path(__file__).with_name("openapi.yaml")
PROBLEMS = Path(__file__).with_name("problems.json")
OPS = Path(__file__).with_name("ops.json")
EVENTS = Path(__file__).with_name("events")
