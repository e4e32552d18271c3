"""`thpsh record`: an operation script on the Linux one sits at, written down as a recording."""
