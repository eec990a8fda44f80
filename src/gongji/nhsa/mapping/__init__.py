"""What the codes of the interface mean in the policies of each area, and in its catalogue."""

from gongji.nhsa.mapping.schemes import (
    BUILT_IN,
    Fund,
    Kind,
    Mappings,
    SchemeMapping,
    check_mappings,
    mappings,
)

__all__ = [
    "BUILT_IN", "Fund", "Kind", "Mappings", "SchemeMapping", "check_mappings", "mappings",
]  # fmt: skip
