"""The table of components in docs/adr/0019: what each cloud has, will have, and what it was called before."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(
    r"^\| (?P<cloud>[A-Z][\w ]+) \| (?P<name>\w+) \| (?P<text>[^|]+) \| (?P<former>\w*) ?\|$", re.MULTILINE
)
FOLDERS = {"AWS": "aws", "Google Cloud": "gcp", "Kubernetes": "k8s"}


class Row(NamedTuple):
    """A line of the table in docs/adr/0019."""

    cloud: str
    name: str
    text: str
    former: str


def rows() -> list[Row]:
    text = (ROOT / "docs/adr/0019-component-names.md").read_text("utf-8")
    found = [Row(*cells) for cells in ROW.findall(text)]
    return [row for row in found if row.cloud != "Cloud"]
