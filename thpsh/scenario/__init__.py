"""Scenarios: text files of lines as one types them, replayed and checked.

=============  =========================================================================
parse          the text of a file -> Scenario; every error has file, line and column
expect         check one expectation: the `expect` command
fails          check that a line fails with an errno: the `fails` command
replay         what marks and expectations of one session remember
runner         replay one scenario on a session
suite          find, check and replay several; the exit status
report         text, JSON and JUnit
=============  =========================================================================
"""
