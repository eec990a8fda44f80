"""`gongji schema`: the JSON Schema of policy files, for editors."""

from __future__ import annotations

from gongji.cli.language import print_json

__all__ = ["schema"]


def schema() -> None:
    """输出政策文件的 JSON Schema · Print the JSON Schema of policy files, for editors."""
    from gongji.policy.schema import policy_schema

    print_json(policy_schema())
