"""The command line: every other floor, for people at a terminal."""
