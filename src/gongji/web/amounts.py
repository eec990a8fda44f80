"""Amounts as the API answers them, read into fen and written for people."""

from __future__ import annotations

from gongji.money import grouped_yuan, parse_yuan

__all__ = ["fen_of", "grouped", "signed"]


def fen_of(text: str) -> int:
    """An amount that the API answers, in fen; what is less than before has a sign."""
    return -fen_of(text[1:]) if text.startswith("-") else parse_yuan(text, "amount")


def grouped(text: str) -> str:
    """An amount that the API answers, as people write it: 71100.00 is 71,100.00."""
    return grouped_yuan(fen_of(text))


def signed(text: str) -> str:
    """What is gained or lost, as the API answers it, with its sign."""
    fen = fen_of(text)
    return f"+{grouped_yuan(fen)}" if fen > 0 else grouped_yuan(fen)
