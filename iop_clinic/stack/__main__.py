"""`python -m iop_clinic.stack run | manage ARGS | exec -- COMMAND | reset`."""

import argparse
import sys
from pathlib import Path

from iop_clinic.stack import commands
from iop_clinic.stack.children import Stopped
from iop_clinic.stack.places import ROOT
from iop_clinic.stack.trouble import FAILED, INTERRUPTED, Trouble, from_os_error


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m iop_clinic.stack", description=commands.__doc__)
    parser.add_argument("--var", type=Path, default=ROOT / "var", help="where data and logs are kept")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("run", help="the whole clinic, until Ctrl-C")
    verbs.add_parser("manage", help="a manage.py command on its data").add_argument(
        "rest", nargs=argparse.REMAINDER
    )
    verbs.add_parser("exec", help="a command beside throw-away servers").add_argument(
        "rest", nargs=argparse.REMAINDER
    )
    verbs.add_parser("reset", help="forget all data")
    asked = parser.parse_args(arguments)
    var = asked.var.resolve()
    if asked.verb == "run":
        return commands.run(var)
    if asked.verb == "reset":
        return commands.reset(var)
    rest = [word for at, word in enumerate(asked.rest) if at or word != "--"]
    if not rest:
        parser.error(f"{asked.verb} needs a command")
    return commands.manage(var, rest) if asked.verb == "manage" else commands.execute(var, rest)


def told(arguments: list[str]) -> int:
    """`main`, with every foreseeable failure as one line instead of a traceback."""
    try:
        return main(arguments)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return trouble.code
    except (Stopped, KeyboardInterrupt):
        print("Stopped.", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        print(from_os_error(error), file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(told(sys.argv[1:]))
