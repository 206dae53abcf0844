"""`python -m clusterwatch.capacity write` renews the tables of the page."""

import sys

from clusterwatch.capacity.costs import Costs
from clusterwatch.capacity.tables import PAGE, renewed


def main(arguments: list[str]) -> int:
    """Write the page, or tell how to."""
    if arguments != ["write"]:
        sys.stderr.write("usage: python -m clusterwatch.capacity write\n")
        return 2
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(renewed(page, Costs.read()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
