"""Running other programs: quiet when they succeed, their own words when they fail."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from building.progress import BuildError

Word = str | Path


class CommandError(BuildError):
    """A program ended with a non-zero code. output: all it printed."""

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


def run(
    command: Sequence[Word],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    given: str = "",
) -> str:
    """Run a program to its end and return what it printed on standard output.

    env: variables on top of this process's own. given: what it reads on standard input.
    Raises CommandError with the last lines it printed.
    """
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=given,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode != 0:
        output = f"{done.stdout}\n{done.stderr}".strip()
        shown = " ".join(str(word) for word in command[:4])
        last_lines = "\n".join(output.splitlines()[-25:])
        raise CommandError(
            f"`{shown} …` ended with {done.returncode}. What is finished is kept: "
            f"see to what it says, then run this again.\n{last_lines}",
            output,
        )
    return done.stdout
