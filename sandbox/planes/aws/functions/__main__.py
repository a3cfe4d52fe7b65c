"""`python -m sandbox.planes.aws.functions`: serve functions until SIGTERM."""

import argparse
import asyncio
import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from sandbox.aws.clients import Clients
from sandbox.aws.plane import AWS_REGION
from sandbox.planes.aws.functions.archives import Archives
from sandbox.planes.aws.functions.environment import Environment, Making
from sandbox.planes.aws.functions.http1 import port_of, serve
from sandbox.planes.aws.functions.limits import IDLE_SECONDS, REQUEST_BYTES, UNPACKED_BYTES, WATCH_SECONDS
from sandbox.planes.aws.functions.logs import LogWriter
from sandbox.planes.aws.functions.model import Function
from sandbox.planes.aws.functions.pool import Pool
from sandbox.planes.aws.functions.rights import rights
from sandbox.planes.aws.functions.server import Server
from sandbox.planes.aws.functions.source import Source

ENVIRONMENTS = 64
PROBE = (
    "import platform, awslambdaric, runtime_client, boto3;"
    "print(f'python:{platform.python_version()} awslambdaric:{awslambdaric.__version__} boto3:{boto3.__version__}')"
)
_said = logging.getLogger("functions")


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    options = _options(arguments)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        version = _probed(options.python)
        asyncio.run(_serve(options, version))
    except (OSError, RuntimeError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 3
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.planes.aws.functions", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--emulator", required=True, help="the emulator, http://127.0.0.1:<port>")
    parser.add_argument("--directory", type=Path, required=True, help="where code, homes and temporary files are kept")
    parser.add_argument(
        "--python", type=Path, required=True, help="the interpreter of the environment made from aws-functions.lock.txt"
    )
    parser.add_argument("--environments", type=_positive, default=ENVIRONMENTS, help="most at a time (default 64)")
    parser.add_argument("--idle-seconds", type=float, default=IDLE_SECONDS, help="an idle one is ended (default 300)")
    parser.add_argument("--no-freeze", action="store_true", help="let environments run between invocations")
    return parser.parse_args(arguments)


async def _serve(options: argparse.Namespace, version: str) -> None:
    directory: Path = options.directory.resolve()
    homes = directory / "environments"
    shutil.rmtree(homes, ignore_errors=True)  # of a run that was killed
    homes.mkdir(parents=True, mode=0o700)
    clients = Clients(lambda: options.emulator, AWS_REGION)
    source = Source(clients, Archives(directory / "code"))
    logs = LogWriter(clients.logs, rights(options.emulator))
    making = Making(
        python=options.python,
        version=version,
        directory=homes,
        emulator=options.emulator,
        log=logs.put,
        freeze=not options.no_freeze,
    )

    async def make(function: Function, provisioned: bool) -> Environment:
        code, layers = await source.code(function)
        credentials = source.credentials(function)
        return Environment(function, making, code=code, layers=layers, credentials=credentials, provisioned=provisioned)

    starts = max(2, os.cpu_count() or 1)
    pool = Pool(make, environments=options.environments, starts=starts, idle_seconds=options.idle_seconds)
    server = Server(pool, source, emulator=options.emulator)
    # An introduction holds the code in base64.
    listening = await serve(server.handle, port=options.port, body_bytes=max(REQUEST_BYTES, 2 * UNPACKED_BYTES))
    _said.info("functions on 127.0.0.1:%d for %s, %s", port_of(listening), options.emulator, version)
    background = [asyncio.create_task(pool.tend()), asyncio.create_task(_keep_warm(pool, source))]
    await _told_to_stop()
    listening.close()
    for task in background:
        task.cancel()
    await pool.close()
    await asyncio.to_thread(logs.stop)


async def _keep_warm(pool: Pool, source: Source) -> None:
    """Follow the emulator's provisioned concurrency, for ever."""
    while True:
        try:
            pool.keep(await source.warm())
        except Exception as error:  # noqa: BLE001 - an emulator that is gone comes back, or the host ends this process
            _said.warning("provisioned concurrency is not known: %s", error)
        await asyncio.sleep(WATCH_SECONDS)


async def _told_to_stop() -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()


def _probed(python: Path) -> str:
    """The versions that an environment's interpreter has.

    Raises:
        RuntimeError: it lacks the runtime client or the SDK.
    """
    done = subprocess.run([str(python), "-I", "-c", PROBE], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        msg = (
            f"{python} can't run functions: {said}; make its environment from sandbox/planes/aws-functions.lock.txt "
            "(the runtime client's own transport exists for Linux alone)"
        )
        raise RuntimeError(msg)
    return done.stdout.strip()


def _positive(text: str) -> int:
    number = 0
    with contextlib.suppress(ValueError):
        number = int(text)
    if number < 1:
        msg = f"{text} is not a number of environments; give 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return number


if __name__ == "__main__":
    sys.exit(main())
