"""`python -m engine` is the command `geofm`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
