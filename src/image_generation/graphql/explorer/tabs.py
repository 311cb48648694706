"""What a visitor of GraphiQL finds in the editor."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tab:
    """A document that works as it stands, or after an id was filled in."""

    query: str
    variables: str = ""


TABS = (
    Tab("""\
# Make a picture, and wait for it.
# With `wait: false` the answer comes at once,
# and its `id` can be watched in the tab Watch.
mutation Generate {
  generate(input: {
    prompt: "a lighthouse over a stormy sea at sunset"
    style: "watercolor"
  }) {
    generation {
      id
      status
      progress
      error { code message }
      image { url width height }
    }
  }
}
"""),
    Tab(
        """\
# Make six pictures at once: run `Batch`, put its `id` into the variables,
# and run `Progress` to see each of them being made. Reload it when you like.
mutation Batch {
  generateBatch(input: {
    prompt: "a sailing ship, mountains behind it, early morning"
    style: "oil_painting"
    count: 6
  }) {
    batch { id total }
  }
}

subscription Progress($id: ID!) {
  batchProgress(id: $id) {
    sequence
    progress
    batch { status queued running succeeded failed }
    generation { status image { url } }
  }
}
""",
        json.dumps({"id": ""}, indent=2),
    ),
    Tab("""\
# Look through the gallery, newest first.
# Take the filter away to see everything.
query Gallery {
  gallery(first: 10, filter: {search: "lighthouse"}) {
    totalCount
    edges {
      node { id prompt url width height createdAt }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""),
    Tab("""\
# Read how diffusion works, and which models here are built on it.
# Ask an image for its `explanation` to see what that means for one picture.
query Concepts {
  concept(kind: DIFFUSION) {
    title
    summary
    equations { name latex meaning }
    diagram
    models { name provider { name } }
  }
}
"""),
    Tab(
        """\
# Watch a picture being made.
# Put the `id` that `generate` gave into the variables.
subscription Watch($id: ID!) {
  generationProgress(id: $id) {
    sequence
    progress
    generation { status image { url } }
  }
}
""",
        json.dumps({"id": ""}, indent=2),
    ),
    Tab("""\
# What there is to choose from.
query Choices {
  styles { name title description }
  providers { name title isDefault configured models { name sizes priceUsd } }
}
"""),
)
