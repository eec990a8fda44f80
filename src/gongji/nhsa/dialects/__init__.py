"""The dialects of the national interface: how a request proves whose it is, and is sealed.

The messages are the same everywhere; what is around them is not.  Each dialect is a module with the
same four functions, `check` and `seal` for an agency, `signed` and `opened` for an institution.
All are pure: a clock is given, keys are asked for, and what must be remembered is handed back.
"""
