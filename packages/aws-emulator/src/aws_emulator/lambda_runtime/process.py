"""The process of `python -m aws_emulator functions`."""

import argparse
import asyncio
import functools
import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from aws_emulator.lambda_runtime.archives import Archives
from aws_emulator.lambda_runtime.environment import Environment, EnvironmentOptions
from aws_emulator.lambda_runtime.http_server import find_port, serve
from aws_emulator.lambda_runtime.limits import REQUEST_BYTES, UNPACKED_BYTES, WATCH_SECONDS
from aws_emulator.lambda_runtime.logs import LogWriter
from aws_emulator.lambda_runtime.model import Function
from aws_emulator.lambda_runtime.pool import Pool
from aws_emulator.lambda_runtime.server import FunctionsServer
from aws_emulator.lambda_runtime.source import FunctionSource, create_emulator_client, create_permission_check
from aws_emulator.versions import NAME

PROBE = (
    "import platform, awslambdaric, runtime_client, boto3;"
    "print(f'python:{platform.python_version()} awslambdaric:{awslambdaric.__version__} boto3:{boto3.__version__}')"
)
logger = logging.getLogger("functions")


def run(options: argparse.Namespace) -> int:
    """Run functions until SIGTERM, as `python -m aws_emulator functions --help` says; the exit code."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    try:
        version = _probe_interpreter(options.python)
        asyncio.run(_serve(options, version))
    except (OSError, RuntimeError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 3
    return 0


async def _serve(options: argparse.Namespace, version: str) -> None:
    directory: Path = options.directory.resolve()
    homes = directory / "environments"
    shutil.rmtree(homes, ignore_errors=True)  # of a run that was killed
    homes.mkdir(parents=True, mode=0o700)
    client = functools.partial(create_emulator_client, endpoint=options.emulator, region=options.region)
    source = FunctionSource(client("lambda"), options.emulator, Archives(directory / "code"))
    logs = LogWriter(client("logs"), create_permission_check(options.emulator))
    making = EnvironmentOptions(
        python=options.python,
        version=version,
        directory=homes,
        emulator=options.emulator,
        log=logs.put,
        freeze=not options.no_freeze,
    )

    async def make(function: Function, provisioned: bool) -> Environment:
        code, layers = await source.find_code(function)
        credentials = source.find_credentials(function)
        return Environment(function, making, code=code, layers=layers, credentials=credentials, provisioned=provisioned)

    starts = max(2, os.cpu_count() or 1)
    pool = Pool(make, environments=options.environments, starts=starts, idle_seconds=options.idle_seconds)
    server = FunctionsServer(pool, source, emulator=options.emulator)
    # An introduction holds the code in base64.
    listening = await serve(server.handle, port=options.port, body_bytes=max(REQUEST_BYTES, 2 * UNPACKED_BYTES))
    logger.info("functions on 127.0.0.1:%d for %s, %s", find_port(listening), options.emulator, version)
    background = [asyncio.create_task(pool.maintain()), asyncio.create_task(_follow_provisioned(pool, source))]
    await _wait_for_signal()
    listening.close()
    for task in background:
        task.cancel()
    await pool.close()
    await asyncio.to_thread(logs.stop)


async def _follow_provisioned(pool: Pool, source: FunctionSource) -> None:
    """Follow the emulator's provisioned concurrency, for ever."""
    while True:
        try:
            pool.set_provisioned(await source.list_provisioned())
        except Exception as error:  # noqa: BLE001 - an emulator that is gone comes back, or the host ends this process
            logger.warning("provisioned concurrency is not known: %s", error)
        await asyncio.sleep(WATCH_SECONDS)


async def _wait_for_signal() -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()


def _probe_interpreter(python: Path) -> str:
    """The versions that an environment's interpreter has.

    Raises:
        RuntimeError: it lacks the runtime client or the SDK.
    """
    done = subprocess.run([str(python), "-I", "-c", PROBE], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        msg = (
            f"{python} can't run functions: {said}; make its environment from '{NAME}[functions]' "
            "(the runtime client's own transport exists for Linux alone)"
        )
        raise RuntimeError(msg)
    return done.stdout.strip()
