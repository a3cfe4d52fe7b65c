"""The `scaleshop` command on a machine where one more folder lies in each layer: that of the toy architecture."""

from pathlib import Path

from policies import platforms
from scaleshop import architectures
from scaleshop.cli import main

HERE = Path(__file__).parent

architectures.__path__.append(str(HERE / "architectures"))
platforms.__path__.append(str(HERE / "policies"))
main()
