"""The tables of the national interface: its transactions, their fields, the codes they use."""

from gongji.nhsa.tables.model import Direction, Field, Kind, Node, Tables, Transaction
from gongji.nhsa.tables.read import examples, provinces, tables

__all__ = [
    "Direction",
    "Field",
    "Kind",
    "Node",
    "Tables",
    "Transaction",
    "examples",
    "provinces",
    "tables",
]
