"""The tables of the book, a subject a room."""

from gongji.book.schema import acts, contributions, journal, people, places, visits
from gongji.book.schema.metadata import METADATA

__all__ = ["METADATA", "acts", "contributions", "journal", "people", "places", "visits"]
