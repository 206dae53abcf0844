"""One file per command of `clusterwatch`.

A file `dead_letters.py` here is the command `clusterwatch dead-letters`. It has

* a docstring, whose first line is the command's line in `clusterwatch --help`;
* either `app`, a `typer.Typer` with sub-commands, or `command`, one function with typer's
  annotations for its options.

Nothing has to be registered, and the file is imported only when its command is called: what is
slow to import may be imported at its top, and a fault in it stops no other command. Say what went
wrong with `clusterwatch.console.fail`.
"""
