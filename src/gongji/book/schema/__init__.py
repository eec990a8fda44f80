"""The tables of the book, a subject a room."""

from gongji.book.schema import (
    accounts,
    acts,
    catalogue,
    clearing,
    contributions,
    exchange,
    journal,
    papers,
    people,
    places,
    sights,
    turns,
    users,
    visits,
)
from gongji.book.schema.metadata import METADATA

__all__ = [
    "METADATA",
    "accounts",
    "acts",
    "catalogue",
    "clearing",
    "contributions",
    "exchange",
    "journal",
    "papers",
    "people",
    "places",
    "sights",
    "turns",
    "users",
    "visits",
]
