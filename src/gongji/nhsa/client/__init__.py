"""An institution's side of the national interface: settings, messages, sessions replayed."""
