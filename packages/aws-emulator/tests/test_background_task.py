"""Work that is due at some time."""

import asyncio

from aws_emulator.ministack.supplement import BackgroundTask


def test_work_is_done_when_it_is_due_or_woken_and_not_in_between() -> None:
    looks: list[float | None] = []

    async def run() -> None:
        done = asyncio.Event()

        async def work() -> float | None:
            looks.append(None)
            done.set()
            return None

        task = BackgroundTask(work)
        task.wake()  # before the start: nothing to wake
        task.start()
        for _ in range(3):
            await asyncio.wait_for(done.wait(), 5)
            done.clear()
            await asyncio.to_thread(task.wake)
        await asyncio.wait_for(done.wait(), 5)
        await task.stop()
        task.wake()

    asyncio.run(run())
    assert len(looks) == 4


def test_work_that_fails_is_tried_again() -> None:
    calls: list[int] = []

    async def run() -> None:
        done = asyncio.Event()

        async def work() -> float | None:
            calls.append(1)
            if len(calls) == 1:
                raise ValueError
            done.set()
            return None

        task = BackgroundTask(work, clock=lambda: 0.0)
        task.start()
        await asyncio.sleep(0)
        task.wake()
        await asyncio.wait_for(done.wait(), 5)
        await task.stop()

    asyncio.run(run())
    assert len(calls) == 2
