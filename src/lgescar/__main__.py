"""``python -m lgescar`` is ``lgescar``."""

import sys

from lgescar.cli.main import main

sys.exit(main())
