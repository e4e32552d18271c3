"""`python3 -m thpsh`: the same as the command `thpsh`."""

from thpsh.cli.main import console

console()
