"""Personal accounts: credited, shared with relatives, stated, inherited."""
