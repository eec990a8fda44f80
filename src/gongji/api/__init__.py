"""The book over HTTP: services, roles, problems, paging, and who saw or did what."""
