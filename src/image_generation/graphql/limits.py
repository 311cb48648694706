"""How deep, wide and long a document may be."""

from collections.abc import Mapping
from typing import cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

MAX_DEPTH = 15
MAX_ALIASES = 30
MAX_TOKENS = 2000


class Extent:
    """Measures selections; each fragment once, however often it is spread.

    Strawberry's limiters walk a fragment again for every spread: thirty fragments that each
    spread the next one twice keep them busy for hours.
    """

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, tuple[int, int]] = {}

    def of(self, selections: SelectionSetNode | None) -> tuple[int, int]:
        """(depth, aliases) with all spreads filled in. Introspection counts as one field."""
        depth = aliases = 0
        for node in selections.selections if selections else ():
            inner = self._of_node(node)
            depth, aliases = max(depth, inner[0]), aliases + inner[1]
        return depth, aliases

    def _of_node(self, node: SelectionNode) -> tuple[int, int]:
        if isinstance(node, FragmentSpreadNode):
            return self._of_fragment(node.name.value)
        if isinstance(node, FieldNode):
            return self._of_field(node)
        return self.of(cast("InlineFragmentNode", node).selection_set)

    def _of_field(self, node: FieldNode) -> tuple[int, int]:
        depth, aliases = self.of(node.selection_set)
        if node.name.value.startswith("__"):
            depth = 0
        return depth + 1, aliases + bool(node.alias)

    def _of_fragment(self, name: str) -> tuple[int, int]:
        if name not in self._known:
            self._known[name] = (0, 0)  # ends a cycle; that there is one, another rule reports
            fragment = self._fragments.get(name)
            self._known[name] = self.of(fragment.selection_set if fragment else None)
        return self._known[name]


class DocumentLimits(ValidationRule):
    """Refuse documents that are too deep or have too many aliases."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        definitions = context.document.definitions
        fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
        self._extent = Extent(fragments)

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        """Measure one operation."""
        depth, aliases = self._extent.of(node.selection_set)
        if depth > MAX_DEPTH:
            self._refuse(f"The operation is {depth} fields deep; {MAX_DEPTH} are allowed.", node)
        if aliases > MAX_ALIASES:
            self._refuse(f"The operation has {aliases} aliases; {MAX_ALIASES} are allowed.", node)

    def _refuse(self, message: str, node: OperationDefinitionNode) -> None:
        self.report_error(GraphQLError(message, node))
