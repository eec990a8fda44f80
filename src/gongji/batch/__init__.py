"""Whole populations: tables of claims settled by the kernel, what it leaves by the engine."""
