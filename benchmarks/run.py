"""Entry point of `make bench`; the comparison is in benchmarks/comparison.py."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # In place of this folder, whose modules must not be taken for others of the same name.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    from benchmarks.comparison import main

    sys.exit(main())
