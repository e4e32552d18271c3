"""argv -> interactive, one line, scripts, reports: the front door, and the one room that touches the host."""

import gc

# The model makes long-lived objects by the ten thousand and hardly any cycles: looking for some every 700 objects, as
# Python does by default, would take a third of a large touch and a tenth of the start-up.
gc.set_threshold(100_000, 50, 100)
