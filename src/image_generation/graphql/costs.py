"""What an operation costs, added up before it runs: about one for each thing that is read."""

from collections.abc import Mapping
from typing import Any, TypeGuard, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    value_from_ast_untyped,
)

from image_generation.domain import limits
from image_generation.domain.batches import DEFAULT_COUNT
from image_generation.domain.gallery import DEFAULT_PAGE

LIST_SIZE = 10
"""What a list without pages is taken to hold: styles, providers, models."""

PICTURE = 5
"""Of work that is more than reading: a picture made or taken in, a prompt enhanced."""

WEIGHTS = {
    ("Mutation", "generate"): PICTURE,
    ("Mutation", "generateBatch"): PICTURE,
    ("Mutation", "img2img"): PICTURE,
    ("Mutation", "inpaint"): PICTURE,
    ("Mutation", "regenerate"): PICTURE,
    ("Mutation", "retryBatch"): PICTURE,
    ("Mutation", "uploadImage"): PICTURE,
    ("Mutation", "enhancePrompt"): PICTURE,
    ("Image", "base64"): 10,
    ("ImageConnection", "totalCount"): 1,
    ("GenerationConnection", "totalCount"): 1,
}
"""What a field costs; else 1 if it has fields of its own, and 0 if it is a plain value."""


class Costs:
    """Adds up an operation, each fragment once for a page size, however often it is spread.

    What `@skip` and `@include` leave out counts too, and so does what fragments ask for twice.
    """

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, given: Mapping[str, Any]
    ) -> None:
        fragments = [x for x in document.definitions if isinstance(x, FragmentDefinitionNode)]
        self._schema = schema
        self._fragments = {fragment.name.value: fragment for fragment in fragments}
        self._variables: dict[str, Any] = {**given}
        self._known: dict[tuple[str, int], int] = {}

    def of(self, operation: OperationDefinitionNode | None) -> int:
        """Return what it costs. What the schema does not know costs nothing: it does not run."""
        if operation is None:
            return 0
        self._variables = {**_defaults(operation), **self._variables}
        root = self._schema.get_root_type(operation.operation)
        return self._of(operation.selection_set, root, 1)

    def _of(self, selections: SelectionSetNode | None, parent: Any, page: int) -> int:
        """Add up selections; `page`: how many edges the parent has, if it is a connection."""
        nodes = selections.selections if selections else ()
        return sum(self._of_node(node, parent, page) for node in nodes)

    def _of_node(self, node: SelectionNode, parent: Any, page: int) -> int:
        if isinstance(node, FieldNode):
            return self._of_field(node, parent, page)
        if isinstance(node, FragmentSpreadNode):
            return self._of_fragment(node.name.value, page)
        inline = cast("InlineFragmentNode", node)
        condition = inline.type_condition
        kind = self._schema.get_type(condition.name.value) if condition else parent
        return self._of(inline.selection_set, kind, page)

    def _of_fragment(self, name: str, page: int) -> int:
        if (name, page) not in self._known:
            self._known[name, page] = 0  # ends a cycle; that there is one, validation reports
            if fragment := self._fragments.get(name):
                kind = self._schema.get_type(fragment.type_condition.name.value)
                self._known[name, page] = self._of(fragment.selection_set, kind, page)
        return self._known[name, page]

    def _of_field(self, node: FieldNode, parent: Any, page: int) -> int:
        name = node.name.value
        if not _has_fields(parent) or name not in parent.fields:
            return 0
        if node.selection_set is None:
            return WEIGHTS.get((parent.name, name), 0)
        field = parent.fields[name]
        arguments = {
            argument.name.value: value_from_ast_untyped(argument.value, self._variables)
            for argument in node.arguments or ()
        }
        kind = get_named_type(field.type)
        own = WEIGHTS.get((parent.name, name), 1)
        inner = self._of(node.selection_set, kind, _page(arguments))
        if _is_list(field.type):
            return _length(name, arguments, page) * (own + inner)
        return own * _times(name, arguments) + inner


def _has_fields(kind: object) -> TypeGuard[GraphQLObjectType | GraphQLInterfaceType]:
    return isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    definitions = operation.variable_definitions or ()
    return {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in definitions
        if definition.default_value
    }


def _is_list(kind: GraphQLOutputType) -> bool:
    return is_list_type(get_nullable_type(kind))


def _page(arguments: Mapping[str, Any]) -> int:
    """Read how many edges a connection has at most; one that cannot be is refused later."""
    given = (arguments.get("first"), arguments.get("last"))
    asked = max((number for number in given if _is_count(number)), default=DEFAULT_PAGE)
    return min(asked, int(limits.PAGE.largest))


def _length(name: str, arguments: Mapping[str, Any], page: int) -> int:
    if name == "edges":
        return page
    ids = arguments.get("ids")
    return len(ids) if isinstance(ids, list) else LIST_SIZE


def _times(name: str, arguments: Mapping[str, Any]) -> int:
    """Read how often a field does its work."""
    if name == "deleteImages":
        ids = arguments.get("ids")
        return len(ids) if isinstance(ids, list) else 1
    if name != "generateBatch" or not isinstance(wish := arguments.get("input"), dict):
        return 1
    seeds, count = wish.get("seeds"), wish.get("count")
    if isinstance(seeds, list):
        return len(seeds)
    return count if _is_count(count) else DEFAULT_COUNT


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and value >= 0
