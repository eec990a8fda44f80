"""The command line: every other floor, for people at a terminal."""

import gc

# What starting up allocates is there to stay; looking through it again and again costs a tenth.
gc.set_threshold(100_000)
