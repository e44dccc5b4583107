"""The `imagegate` command: the one of this repository, in this process."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from imagegate import _imagegate


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Runs the command and ends the process with its exit code."""
    # While the library reads standard input Python sees no Ctrl-C: let it end the process, as it ends the binary.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    sys.exit(_imagegate.run_cli(["imagegate", *(sys.argv[1:] if args is None else args)]))
