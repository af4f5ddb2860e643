"""What every command line tool does alike: plain log lines, user errors in one sentence."""

import logging
import sys
from collections.abc import Callable

from rvm.errors import UserError


def run_tool(main: Callable[[], int | None]) -> None:
    """Run a tool's `main` and exit with its status.

    A `UserError` is printed as one sentence with status 2, Ctrl-C ends with status 130; any other
    exception is a bug and keeps its traceback.
    """
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    try:
        sys.exit(main())
    except UserError as error:
        print(f'error: {error}', file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print('\ninterrupted; unfinished outputs were removed', file=sys.stderr)
        sys.exit(130)
