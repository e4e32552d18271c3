"""Recordings of a real kernel replayed on the emulator, and every difference (shell-contract: `thpsh compare`)."""
