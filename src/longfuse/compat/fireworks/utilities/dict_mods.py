"""The language of ``mod_spec``."""

from longfuse.domain.specmods import OPERATORS, apply_mod, arrow_to_dot, get_nested_dict

__all__ = ["DictMods", "apply_mod", "arrow_to_dot", "get_nested_dict"]


class DictMods:
    """The operators by their names; FireWorks finds them as static methods of this class."""

    supported_actions = OPERATORS
