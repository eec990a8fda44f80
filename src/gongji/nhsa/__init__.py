"""The national interface by which hospitals and pharmacies talk to an insurance agency.

A request passes `gateway` (HTTP), `doorkeeper` (whose it is, by `dialects/`), `messages/` (read,
held to `tables/`) and `counter` (done once, looked up or tried) to its service in `transactions/`,
which builds on `care/` and on what codes mean (`mapping/`).  `client/` is the institution's side.
"""
