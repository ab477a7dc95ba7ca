"""Run a Python program and tell the most memory that it held.

Usage: peak.py RESULT (-m MODULE | SCRIPT) ARGUMENTS…

Writes bytes as a number into RESULT. What the kernel tells a parent of its child will not do: it
counts the parent's own memory, which the child had for a moment before it became another program.
"""

import resource
import runpy
import sys
from pathlib import Path


def peak_bytes() -> int:
    """The most memory that this process held so far."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError):  # macOS, which counts in bytes
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Be that program, then measure."""
    result, *program = sys.argv[1:]
    try:
        if program[0] == "-m":
            sys.argv = program[1:]
            runpy.run_module(program[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = program
            runpy.run_path(program[0], run_name="__main__")
    finally:
        Path(result).write_text(str(peak_bytes()))


if __name__ == "__main__":
    main()
