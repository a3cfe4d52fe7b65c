"""The queue of a function's asynchronous invocations: what is tried again, when, and where it ends."""
