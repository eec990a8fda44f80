"""The book and the policies in a browser: pages made on the server, for phones and counters."""
