"""`up` of the AWS stack on a data plane: how much of it is calls, and what a second `up` costs.

The parts are measured with one step at a time, so that what is not spent in a call is the engine's, the SDK's or the
program's own; a preview is all of that but commits and steps.
"""

import statistics

from support.stack import sandboxed

NO_OPS = 5


def main() -> None:
    """Deploy twice, once a step at a time and once as users do, and print times and ratios."""
    with sandboxed(parallel=1) as one:
        one.preview()  # imports and caches
        _, plan = one.preview()  # what every operation pays without a call
        one.timed.seconds.clear()
        result, serial = one.up()
        calls = sum(one.timed.seconds)
        count = len(one.timed.seconds)
    with sandboxed() as usual:
        usual.preview()
        _, parallel = usual.up()
        again = [usual.up() for _ in range(NO_OPS)]
        changed = sorted({name for outcome, _ in again for name, n in outcome.changes.items() if n and name != "same"})
        plans = [usual.preview()[1] for _ in range(NO_OPS)]
        _, gone = usual.destroy()
    own = serial - calls
    print(f"{sum(result.changes.values())} resources, {count} created by calls to the data plane")
    print(f"one at a time   {serial:6.2f} s, of which calls {calls:6.2f} s ({calls / count * 1000:5.1f} ms each)")
    print(f"a preview       {plan:6.2f} s, none of it calls: program, SDK and engine")
    steps = own - plan
    print(f"commits, steps  {steps:6.2f} s ({steps / count * 1000:5.1f} ms each), {steps / calls:.2f} of the calls")
    print(f"16 at a time    {parallel:6.2f} s, {parallel / serial:.2f} of one at a time")
    no_op = statistics.median(seconds for _, seconds in again)
    print(
        f"no-op up        {no_op:6.2f} s, {no_op / parallel:.2f} of the first, changes: {', '.join(changed) or 'none'}"
    )
    print(f"preview of it   {statistics.median(plans):6.2f} s, {statistics.median(plans) / no_op:.2f} of the no-op up")
    print(f"destroy         {gone:6.2f} s, {gone / parallel:.2f} of the first up")


if __name__ == "__main__":
    main()
