"""What a person watching the build reads: one short line per step, one sentence per failure."""

import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn


class BuildError(Exception):
    """The build cannot go on. The message says what happened and what to do."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show `title… done 4.1 s` around the work inside."""
    start = time.monotonic()
    print(f"{title}…", end=" ", flush=True)
    try:
        yield
    except BaseException:
        print("stopped", flush=True)
        raise
    print(f"done {time.monotonic() - start:.1f} s", flush=True)


def run_script(main: Callable[[], int]) -> NoReturn:
    """Run a script's main function and exit with its code; failures in words for people."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # not every terminal knows every character
    try:
        code = main()
    except BuildError as error:
        print(f"\nError: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        print("\nStopped. What is finished is kept: run this again to go on.", file=sys.stderr)
        code = 130
    sys.exit(code)
