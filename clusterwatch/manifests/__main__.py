"""`python -m clusterwatch.manifests write` renews the written manifests."""

import sys

from clusterwatch.manifests.written import FOLDER, rendered


def main(arguments: list[str]) -> int:
    """Write the files, or tell how to."""
    if arguments != ["write"]:
        sys.stderr.write("usage: python -m clusterwatch.manifests write\n")
        return 2
    for name, text in rendered().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{FOLDER.name}/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
