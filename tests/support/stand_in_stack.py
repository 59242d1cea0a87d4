"""A stack whose parts are stand-ins: the supervisor is the real one, and starts in a moment.

Run as ``python stand_in_stack.py DATA_DIR [worker behaviour] [--while-stdin]``.
"""

import sys
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.local.child import Restart
from workbench.local.output import to_stream
from workbench.local.parts import Part
from workbench.local.runtime import settings_for
from workbench.local.stack import Stack

PARTS = str(Path(__file__).with_name("stand_in_part.py"))


def main(data_dir, worker="obeys", *flags):
    def parts(settings):
        return [
            Part("broker", (sys.executable, PARTS, "obeys"), 1.5),
            Part("api", (sys.executable, PARTS, "serves", str(settings.port)), 2.0),
            Part("worker", (sys.executable, PARTS, worker), 1.0),
        ]

    restart = Restart(attempts=3, settle_seconds=0.2, first_delay=0.01)
    settings = settings_for(data_dir, port=0)
    stack = Stack(settings, parts, say=to_stream(), restart=restart, while_stdin="--while-stdin" in flags)
    try:
        stack.run()
    except WorkbenchError as error:
        sys.exit(f"{error.message}\n{error.hint}")


if __name__ == "__main__":
    main(*sys.argv[1:])
