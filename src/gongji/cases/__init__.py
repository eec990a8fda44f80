"""Case files: a person, a history, an event, and what must come of it."""
