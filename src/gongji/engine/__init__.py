"""The engine: settling a visit under a policy, exactly and with every step recorded."""
