"""A platform that is nowhere but in a test's directory: two types, a rule on them, links and values."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from policies import platforms

PACKAGE = "policies.platforms.toy"
FILES = {
    "__init__.py": 'TITLE = "Toy cloud"\n',
    "links.py": """
        from policies.core.graph import Links

        BUCKET, READER = "toy:storage:Bucket", "toy:storage:Reader"
        LINKS = Links(identities=("address",), assigned=("address",))
        """,
    "values.py": """
        from policies.core.provider_values import ProviderValues

        class ToyValues(ProviderValues):
            package = "toy"

            def __init__(self, arguments, config):
                self.zone = (arguments or config).get("zone", "nowhere")

            def decide(self, resource, facts):
                return {"address": f"toy://{self.zone}/{facts['name']}", "room": {"size": 2}}

            def invoke(self, token, arguments):
                return {**super().invoke(token, arguments), "zone": self.zone}

        VALUES = ToyValues
        """,
    "shared.py": "LEAST = 3\n",
    "storage/__init__.py": "",
    "storage/bucket_reader.py": """
        from policies.core.rule import Rule, Violation, number
        from policies.platforms.toy.links import BUCKET, READER
        from policies.platforms.toy.shared import LEAST

        def check(bucket, context):
            readers = context.graph.referrers(bucket, READER, "bucket")
            if not readers:
                yield Violation(f"0 readers of {bucket.text('address')}", "add a reader", 0, 1)
            if readers and bucket.number("room.size") < context.number("least"):
                yield Violation("its room is too small", "make it larger")

        RULE = Rule(
            id="toy-res-01", title="A bucket has a reader", category="resilience", severity="high", types=(BUCKET,),
            reads=(READER,), check=check, sources=("https://toy.example",), settings={"least": number(LEAST, "Least")},
        )
        """,
}
PROGRAM = """
    import pulumi

    class Bucket(pulumi.CustomResource):
        address: pulumi.Output[str]

        def __init__(self, name, **properties):
            super().__init__("toy:storage:Bucket", name, {"address": None, **properties})

    class Reader(pulumi.CustomResource):
        def __init__(self, name, **properties):
            super().__init__("toy:storage:Reader", name, properties)

    read = Bucket("read")
    Reader("reader", bucket=read.address)
    Bucket("alone")
    zone = pulumi.runtime.invoke("toy:index/getZone:getZone", {}).value.get("zone")
    pulumi.export("zone", zone)
    """


def write_platform(folder: Path, **changes: str | None) -> None:
    """Write the platform; a change replaces, adds or (None) leaves out the file of its name, `links` for `links.py`."""
    files: dict[str, str | None] = {**FILES, **{f"{name}.py": text for name, text in changes.items()}}
    for name, text in files.items():
        if text is not None:
            path = folder / "toy" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
    importlib.invalidate_caches()


@pytest.fixture
def toy_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory in which platforms are found too, for as long as a test runs."""
    folder = tmp_path / "platforms"
    folder.mkdir()
    monkeypatch.setattr(platforms, "__path__", [*platforms.__path__, str(folder)])
    yield folder
    for name in [name for name in sys.modules if name == PACKAGE or name.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]
    vars(platforms).pop("toy", None)
