"""What would I pay: one visit asked for step by step, settled and explained, nothing kept."""
