"""`python -m aws_emulator`: serve the emulator, run its functions, describe both."""

import argparse
import importlib.util
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from aws_emulator import catalog, versions
from aws_emulator.catalog import SUPPLEMENTS

ACCOUNT, REGION, PORT = "000000000000", "us-east-1", 4566
NAMES = tuple(kind.name for kind in SUPPLEMENTS)
ENVIRONMENTS, IDLE_SECONDS = 64, 300.0
USAGE, MISSING = 2, 3
"""Exit codes: wrong arguments; something that is needed is not there."""


class CommandParser(argparse.ArgumentParser):
    """A parser whose refusals are one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is, and end with 2."""
        self.exit(USAGE, f"error: {message}; see `{self.prog} --help`\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    parser = CommandParser(
        prog="python -m aws_emulator", description=f"{versions.read_emulator_version()} with more of AWS"
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"{versions.NAME} {versions.read_version()} ({versions.read_emulator_version()})",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_serve_options(commands)
    _add_functions_options(commands)
    described = commands.add_parser("describe", help="say what is added, bounded and left out; starts nothing")
    described.add_argument("--json", action="store_true", help="as one JSON document")
    options = parser.parse_args(arguments)
    if options.command == "serve":
        return serve(options)
    if options.command == "functions":
        from aws_emulator.lambda_runtime.process import run  # noqa: PLC0415 - needs packages that describing does not

        return run(options)
    text = json.dumps(catalog.describe()) if options.json else "\n".join(catalog.render_description())
    sys.stdout.write(f"{text}\n")
    return 0


def serve(options: argparse.Namespace) -> int:
    """Be the emulator, with supplements, until SIGTERM."""
    if importlib.util.find_spec("ministack") is None:
        sys.stderr.write(
            f"error: {versions.read_emulator_version()} is not installed here; install '{versions.NAME}[emulator]'\n"
        )
        return MISSING
    os.environ.pop("PYTHONPATH", None)  # the emulator's own executor would hand it on to functions
    os.environ.update(build_emulator_variables(options))  # it reads them when it is imported
    from aws_emulator.ministack.middleware import install  # noqa: PLC0415 - reads them too

    left_out = set(options.without) | (set() if options.functions else {"functions"})
    directory: Path | None = options.state_directory
    settings = {
        "alarms": {"seconds_per_minute": options.minute_seconds},
        "asynchronous": {"retry_seconds": options.retry_seconds},
        "apigateway": {"log_seconds": options.access_log_seconds},
    }
    chosen = [kind for kind in SUPPLEMENTS if kind.name not in left_out]
    if "all" not in left_out:
        install(chosen, settings, directory / "supplements" if directory else None)
    sys.argv = ["ministack"]
    importlib.import_module("ministack.app").main()
    return 0


def build_emulator_variables(options: argparse.Namespace) -> Mapping[str, str]:
    """The emulator's own settings, which are environment variables.

    Its README lists them; IoT and SFTP would open two more ports, and its default is to listen on every interface.
    """
    directory: Path | None = options.state_directory
    kept = (
        {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(directory / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(directory / "s3"),
        }
        if directory
        else {"PERSIST_STATE": "0", "S3_PERSIST": "0"}
    )
    return {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(options.port),
        "EDGE_PORT": str(options.port),
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": options.region,
        "MINISTACK_ACCOUNT_ID": options.account,
        "AWS_DEFAULT_REGION": options.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AUTH": "true" if options.permissions else "false",
        "LAMBDA_EXECUTOR": "local",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": options.log_level,
        "SANDBOX_FUNCTIONS_URL": options.functions or "",
        **kept,
    }


def _add_serve_options(commands: "argparse._SubParsersAction[CommandParser]") -> None:
    parser = commands.add_parser("serve", help="serve AWS's APIs on 127.0.0.1 until SIGTERM")
    add = parser.add_argument
    add("--port", type=_parse_listening_port, default=PORT, help=f"on 127.0.0.1 (default {PORT})")
    add("--state-directory", type=Path, help="where a stop leaves everything for the next start (default: nowhere)")
    add(
        "--functions",
        type=_parse_address,
        metavar="URL",
        help="where `functions` serves; else its own executor",
    )
    add(
        "--without",
        type=_parse_supplements,
        default=(),
        metavar="NAMES",
        help=f"leave out, by commas: {', '.join(NAMES)}, all",
    )
    add("--region", default=REGION, help=f"default {REGION}")
    add("--account", type=_parse_account, default=ACCOUNT, help=f"twelve digits (default {ACCOUNT})")
    add(
        "--no-permissions",
        dest="permissions",
        action="store_false",
        help="ask no policy: all may do everything",
    )
    add(
        "--minute-seconds",
        type=_parse_minute,
        default=60,
        help="CloudWatch's minute lasts so long, 1 to 60 (default 60)",
    )
    add(
        "--retry-seconds",
        type=_parse_seconds,
        default=1.0,
        help="before a first asynchronous retry (default 1; AWS: 60)",
    )
    add(
        "--access-log-seconds",
        type=_parse_seconds,
        default=0.25,
        help="between writes of access logs (default 0.25)",
    )
    add("--log-level", choices=("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO", help="default INFO")


def _add_functions_options(commands: "argparse._SubParsersAction[CommandParser]") -> None:
    parser = commands.add_parser("functions", help="run Lambda functions for `serve` until SIGTERM (Linux)")
    add = parser.add_argument
    add("--port", type=_parse_port, required=True, help="on 127.0.0.1; 0 takes a free one")
    add("--emulator", type=_parse_address, required=True, metavar="URL", help="the address of `serve`")
    add("--directory", type=Path, required=True, help="where code, homes and temporary files are kept")
    add("--python", type=Path, required=True, help=f"an interpreter with '{versions.NAME}[functions]' and nothing else")
    add(
        "--environments",
        type=_parse_count,
        default=ENVIRONMENTS,
        help=f"at a time, at most (default {ENVIRONMENTS})",
    )
    add("--region", default=REGION, help=f"of `serve` (default {REGION})")
    add(
        "--idle-seconds",
        type=_parse_seconds,
        default=IDLE_SECONDS,
        help=f"an idle one is ended (default {IDLE_SECONDS:g})",
    )
    add("--no-freeze", action="store_true", help="let environments run between invocations")


def _parse_port(text: str) -> int:
    return _parse_number(text, 0, 65_535, "port")


def _parse_listening_port(text: str) -> int:
    return _parse_number(text, 1, 65_535, "port")


def _parse_count(text: str) -> int:
    return _parse_number(text, 1, 10_000, "number of environments")


def _parse_minute(text: str) -> int:
    return _parse_number(text, 1, 60, "whole number")


def _parse_number(text: str, lowest: int, highest: int, what: str) -> int:
    if text.isascii() and text.isdigit() and lowest <= int(text) <= highest:
        return int(text)
    msg = f"'{text}' is no {what} from {lowest} to {highest}"
    raise argparse.ArgumentTypeError(msg)


def _parse_seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        msg = f"'{text}' is no number of seconds"
        raise argparse.ArgumentTypeError(msg)
    return found


def _parse_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "http" or not parts.hostname or not parts.port:
        msg = f"'{text}' is no address such as http://127.0.0.1:4566"
        raise argparse.ArgumentTypeError(msg)
    return text.rstrip("/")


def _parse_account(text: str) -> str:
    if len(text) != 12 or not text.isascii() or not text.isdigit():
        msg = f"'{text}' is no account of twelve digits"
        raise argparse.ArgumentTypeError(msg)
    return text


def _parse_supplements(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = sorted(set(names) - {*NAMES, "all"})
    if unknown:
        msg = f"there is no supplement {', '.join(unknown)}; there are: {', '.join(NAMES)}"
        raise argparse.ArgumentTypeError(msg)
    return names


if __name__ == "__main__":
    sys.exit(main())
