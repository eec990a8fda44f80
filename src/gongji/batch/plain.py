"""Tables with the types that batch reads, whatever else hands them over.

Polars hands over nothing but views of text, also inside lists and as the values of categoricals;
few operations of Arrow know them.  Of what is listed once and pointed to, only text stays so.
"""

from __future__ import annotations

import pyarrow as pa

from gongji.batch.columns import is_text

__all__ = ["plain_schema", "plain_table"]


def plain_table(table: pa.Table) -> pa.Table:
    """The same table with plain types; without a copy where it has them."""
    schema = plain_schema(table.schema)
    return table if schema.equals(table.schema) else table.cast(schema)


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The names and types that a table has once its types are plain."""
    return pa.schema([field.with_type(_plain(field.type)) for field in schema])


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_dictionary(kind):
        values = _plain(kind.value_type)
        return pa.dictionary(kind.index_type, values, kind.ordered) if is_text(values) else values
    if pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(_plain(kind.value_type))
    return kind
