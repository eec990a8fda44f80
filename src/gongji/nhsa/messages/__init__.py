"""Messages: read, held to the tables, taken apart for the services, and written."""
