"""What operations cost."""

import time
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_operation_ast, parse

from image_generation.graphql.costs import WEIGHTS, Costs
from image_generation.graphql.schema import make_schema

SCHEMA = make_schema().definition


def cost(query: str, name: str | None = None, **variables: Any) -> int:
    document = parse(query)
    return Costs(SCHEMA, document, variables).of(get_operation_ast(document, name))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ viewer { name role } }", 1),
        ("{ __schema { types { fields { name } } } }", 0),
        ('{ image(id: "x") { id prompt tags generation { id source { id } } } }', 3),
        ('{ image(id: "x") { base64 } }', 11),
        ("{ a: viewer { name } b: viewer { name } }", 2),
        ("{ styles { name } }", 10),
        ("{ providers { models { concept { title } } } }", 10 * (1 + 10 * (1 + 1))),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ("{ gallery { pageInfo { endCursor } } }", 1 + 1),
        ("{ gallery { totalCount } }", 1 + 1),
        ("{ gallery { edges { cursor } } }", 1 + 20),
        ("{ gallery { edges { node { id } } } }", 1 + 20 * 2),
        ("{ gallery(first: 3) { edges { node { id } } } }", 1 + 3 * 2),
        ("{ gallery(last: 3) { edges { node { id } } } }", 1 + 3 * 2),
        ("{ gallery(first: 0) { edges { node { id } } } }", 1),
        ("{ gallery(first: 5000) { edges { node { id } } } }", 1 + 100 * 2),
        ("{ gallery(first: -1) { edges { node { id } } } }", 1 + 20 * 2),
        (
            "{ gallery(first: 10) { edges { node { derived(first: 5) { edges { cursor } } } } } }",
            1 + 10 * (1 + 1 + 1 + 5),
        ),
        (
            "{ gallery(first: 2) { ...P } batches { edges { cursor } } } "
            "fragment P on ImageConnection { edges { node { ...I } } } "
            "fragment I on Image { generation { id } }",
            1 + 2 * 3 + 1 + 20,
        ),
        ("{ gallery(first: 2) { ... { edges { cursor } } ... on Node { id } } }", 1 + 2),
        ('mutation { generate(input: {prompt: "x"}) { generation { id } } }', 5 + 1),
        ('mutation { generateBatch(input: {prompt: "x"}) { batch { id } } }', 4 * 5 + 1),
        ('mutation { generateBatch(input: {prompt: "x", count: 9}) { batch { id } } }', 9 * 5 + 1),
        ('mutation { generateBatch(input: {seeds: [1, 2]}) { batch { id } } }', 2 * 5 + 1),
        ('mutation { deleteImages(ids: ["a", "b"]) { deletedIds } }', 2),
        ('mutation { updateImage(input: {id: "a"}) { image { id } } }', 1 + 1),
        ('subscription { imageAdded { generation { id } } }', 2),
    ],
)  # fmt: skip
def test_an_operation_costs_what_it_may_read_and_make(query: str, expected: int) -> None:
    assert cost(query) == expected


def test_variables_count_as_they_are_given_or_as_they_are_by_default() -> None:
    pages = "query ($n: Int = 7) { gallery(first: $n) { edges { cursor } } }"
    batch = "mutation ($i: GenerateBatchInput!) { generateBatch(input: $i) { batch { id } } }"
    seeds = (
        'mutation ($s: [Seed!]) { generateBatch(input: {prompt: "x", seeds: $s}) { batch { id } } }'
    )

    either = "query ($f: Int, $l: Int) { gallery(first: $f, last: $l) { edges { cursor } } }"

    assert [cost(pages), cost(pages, n=50), cost(pages, n="x")] == [8, 51, 21]
    assert [cost(either), cost(either, l=50), cost(either, f=None, l=60)] == [21, 51, 61]
    assert cost(batch, i={"prompt": "x", "count": 16}) == 16 * 5 + 1
    assert cost(batch, i="x") == 5 + 1
    assert cost(seeds, s=[1, 2, 3]) == 3 * 5 + 1


def test_only_the_operation_that_runs_costs() -> None:
    query = "query A { viewer { name } } query B { styles { name } }"

    assert [cost(query, "A"), cost(query, "B"), cost(query, "C")] == [1, 10, 0]


def test_what_is_no_part_of_the_schema_costs_nothing() -> None:
    query = "{ nope(ids: [1]) { nope } viewer { ...Nope ...A } } fragment A on Nope { ...A }"

    assert cost(query) == 1


def test_fragments_that_spread_each_other_are_added_up_at_once() -> None:
    links = "".join(
        f"fragment F{n} on Image {{ a: source {{ ...F{n + 1} }} b: source {{ ...F{n + 1} }} }} "
        for n in range(60)
    )
    query = (
        f"{{ gallery {{ edges {{ node {{ ...F0 }} }} }} }} {links} fragment F60 on Image {{ id }}"
    )

    start = time.perf_counter()
    total = cost(query)

    assert total == 1 + 20 * (1 + 1 + 2**61 - 2)
    assert time.perf_counter() - start < 1


def test_every_weight_is_that_of_a_field() -> None:
    for kind, name in WEIGHTS:
        parent = SCHEMA.get_type(kind)
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        assert name in parent.fields


def test_every_mutation_that_makes_a_picture_weighs_more_than_a_read() -> None:
    mutation = SCHEMA.mutation_type
    assert mutation is not None
    makes = {name for name, field in mutation.fields.items() if "Generat" in str(field.type)}
    makes -= {"cancelGeneration", "cancelBatch"}

    assert len(makes) >= 6
    assert {name for name in makes if WEIGHTS.get(("Mutation", name), 1) <= 1} == set()
