"""FireWorkers: who runs Fireworks, and which."""

from __future__ import annotations

from longfuse.domain import registry
from longfuse.domain.wire import FWSerializable, in_plain_containers
from longfuse.errors import SerializationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Self

DEFAULT_NAME = "Automatically generated Worker"

NO_CATEGORY = "__none__"
"""The category of a worker that takes only Fireworks without one."""


class FWorker(FWSerializable):
    """A computing resource.

    Args:
        name: Its name; Fireworks may ask for it by ``_fworker``.
        category: Takes only Fireworks of this ``_category``, or of one of these; empty takes all, ``__none__`` those
            without one.
        query: A Mongo-style filter; takes only Fireworks that match.
        env: Local settings, which tasks see as ``fw_spec["_fw_env"]``.
    """

    def __init__(
        self,
        name: str = DEFAULT_NAME,
        category: str | Sequence[str] = "",
        query: Mapping[str, Any] | None = None,
        env: dict[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.category = category
        self._query = dict(query or {})
        self.env = env or {}

    @classmethod
    def auto_load(cls) -> FWorker:
        """The worker that the settings name (FWORKER_LOC, else a ``my_fworker.yaml``), else FireWorks' own one.

        Raises:
            ConfigError: A settings file cannot be understood.
        """
        settings = registry.import_class("longfuse.settings", "resolve")()  # by name: it stands far above this layer
        found: FWorker = registry.import_class("longfuse.settings", "fworker")(settings)
        return found

    @property
    def query(self) -> dict[str, Any]:
        """The filter of what it may run: its own query, its name and its category together."""
        query = dict(self._query)
        ours: list[dict[str, Any]] = [
            {"spec._fworker": {"$exists": False}},
            {"spec._fworker": None},
            {"spec._fworker": self.name},
        ]
        if "$or" in query:
            query["$and"] = [*query.get("$and", []), {"$or": query.pop("$or")}, {"$or": ours}]
        else:
            query["$or"] = ours
        rule = self._category_rule()
        if rule is None:
            return query
        if "spec._category" in query:  # FireWorks drops the user's condition here
            return {"$and": [query, {"spec._category": rule}]}
        return {**query, "spec._category": rule}

    @property
    def is_choosy(self) -> bool:
        """Whether it has a query of its own, which may have to be asked of many Fireworks before one matches."""
        return bool(self._query)

    def _category_rule(self) -> Any:
        """What ``spec._category`` must be; None if anything goes."""
        if not self.category:
            return None
        if self.category == NO_CATEGORY:
            return {"$exists": False}
        return self.category if isinstance(self.category, str) else {"$in": list(self.category)}

    def to_dict(self) -> dict[str, Any]:
        """FireWorks' shape: the query is JSON text."""
        import json

        document: dict[str, Any] = in_plain_containers({"name": self.name, "category": self.category})
        return {**document, "query": json.dumps(in_plain_containers(self._query)), "env": in_plain_containers(self.env)}

    @classmethod
    def from_dict(cls, m_dict: dict[str, Any]) -> Self:
        """The worker; what is missing has its default, the query may be JSON text or a dictionary.

        Raises:
            SerializationError: The query is neither.
        """
        return cls(
            name=m_dict.get("name", DEFAULT_NAME),
            category=m_dict.get("category") or "",
            query=_read_query(m_dict.get("query")),
            env=m_dict.get("env"),
        )

    def __repr__(self) -> str:
        return f"FWorker(name={self.name!r}, category={self.category!r}, query={self._query!r}, env={self.env!r})"


def _read_query(query: Any) -> dict[str, Any]:
    if isinstance(query, str) and query.strip():
        import json

        try:
            query = json.loads(query)
        except ValueError as error:
            raise SerializationError(
                f"The query of an FWorker is no JSON: {query!r} ({error}); write it as '{{\"spec.key\": 1}}'"
            ) from error
    if not query:
        return {}
    if not isinstance(query, dict):
        raise SerializationError(f"The query of an FWorker is a dictionary, or one as JSON text, not {query!r:.80}")
    return query
