// Apollo Client: queries over HTTP, subscriptions over a WebSocket, one cache of both by `id`.
import assert from "node:assert/strict";
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { getMainDefinition, relayStylePagination } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { ENDPOINT, followTheReadme, SOCKETS, until, valuesOf } from "../flow.mjs";

const sockets = createClient({ url: SOCKETS, webSocketImpl: WebSocket });
const client = new ApolloClient({
  link: ApolloLink.split(
    ({ query }) => getMainDefinition(query).operation === "subscription",
    new GraphQLWsLink(sockets),
    new HttpLink({ uri: ENDPOINT }),
  ),
  cache: new InMemoryCache({
    typePolicies: {
      Query: { fields: { gallery: relayStylePagination(["filter", "orderBy"]) } },
      Concept: { keyFields: ["kind"] },
      Provider: { keyFields: ["name"] },
      Style: { keyFields: ["name"] },
    },
  }),
});

async function ask(document, variables) {
  const query = gql(document);
  const { data } =
    getMainDefinition(query).operation === "mutation"
      ? await client.mutate({ mutation: query, variables })
      : await client.query({ query, variables, fetchPolicy: "no-cache" });
  return data;
}

async function* watch(document, variables) {
  for await (const { data, error } of valuesOf(client.subscribe({ query: gql(document), variables }))) {
    if (error) throw error;
    yield data;
  }
}

// Every thing is kept once, by type and id, whichever operation told of it.
function findInTheCache(images) {
  const kept = Object.keys(client.cache.extract());

  assert.equal(kept.filter((key) => key.startsWith("Generation:")).length, 4);
  assert.equal(kept.filter((key) => key.startsWith("Batch:")).length, 1);
  for (const { id } of images) assert.ok(kept.includes(`Image:${id}`), id);
}

// What has no id is kept by its name.
async function findByName() {
  const query = gql`
    {
      concepts { kind title }
      styles { name title }
      providers { name models { name provider { name title } } }
    }
  `;
  await client.query({ query });

  const kept = client.cache.extract();
  assert.equal(kept['Style:{"name":"sketch"}'].title, "Sketch");
  assert.equal(kept['Provider:{"name":"procedural"}'].title, "Procedural painter");
  assert.equal(kept['Concept:{"kind":"DIFFUSION"}'].title, "Diffusion and flow models");
}

// A mutation's answer changes what a query shows, without asking again; pages join to one list.
async function useTheCache() {
  const shown = [];
  const gallery = client.watchQuery({
    query: gql`
      query ($after: String) {
        gallery(first: 3, after: $after) {
          edges { node { id favorite } }
          pageInfo { hasNextPage endCursor }
        }
      }
    `,
  });
  gallery.subscribe(({ data, loading }) => loading || shown.push(data.gallery));
  await until(() => shown.length === 1);
  const [{ node }] = shown[0].edges;
  assert.equal(node.favorite, false);

  const mark = `
    mutation ($input: UpdateImageInput!) { updateImage(input: $input) { image { id favorite } } }
  `;
  await ask(mark, { input: { id: node.id, favorite: true } });
  await until(() => shown.length === 2);
  assert.deepEqual(shown[1].edges[0].node, { ...node, favorite: true });

  await gallery.fetchMore({ variables: { after: shown[1].pageInfo.endCursor } });
  await until(() => shown.at(-1).edges.length === 4);
  assert.equal(new Set(shown.at(-1).edges.map((edge) => edge.node.id)).size, 4);
  assert.equal(shown.at(-1).pageInfo.hasNextPage, false);
}

const images = await followTheReadme({ ask, watch });
findInTheCache(images);
await findByName();
await useTheCache();
client.stop();
await sockets.dispose();
