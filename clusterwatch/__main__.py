"""`python -m clusterwatch` is the console script."""

from clusterwatch.cli import main

if __name__ == "__main__":
    main()
