// urql with its normalised cache; queries over HTTP, subscriptions over a WebSocket.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { buildSchema, introspectionFromSchema } from "graphql";
import { createClient } from "graphql-ws";
import { pipe, subscribe, toAsyncIterable } from "wonka";
import WebSocket from "ws";
import { ENDPOINT, followTheReadme, SOCKETS, until } from "../flow.mjs";

const schema = introspectionFromSchema(buildSchema(readFileSync("../schema.graphql", "utf8")));
const sockets = createClient({ url: SOCKETS, webSocketImpl: WebSocket });
const forwardSubscription = ({ query, variables }) => ({
  subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ query, variables }, sink) }),
});
const client = (...exchanges) =>
  new Client({
    url: ENDPOINT,
    preferGetMethod: false,
    exchanges: [...exchanges, fetchExchange, subscriptionExchange({ forwardSubscription })],
  });

function dataOf({ data, error }) {
  if (error) throw Object.assign(error, { errors: error.graphQLErrors });
  return data;
}

const plain = client();
const ask = async (document, variables) =>
  dataOf(
    await (document.trimStart().startsWith("mutation")
      ? plain.mutation(document, variables)
      : plain.query(document, variables)
    ).toPromise(),
  );

// At the end urql repeats the last event, with `hasNext: false`.
async function* watch(document, variables) {
  for await (const result of toAsyncIterable(plain.subscription(document, variables))) {
    if (result.hasNext) yield dataOf(result);
  }
}

// A mutation's answer changes what a query shows, without asking again; pages join to one list.
async function useTheCache() {
  const warned = [];
  const cached = client(
    cacheExchange({
      schema,
      resolvers: { Query: { gallery: relayPagination() } },
      logger: (severity, message) => severity === "debug" || warned.push(message),
    }),
  );
  const gallery = `
    query ($after: String) {
      gallery(first: 3, after: $after) {
        edges { node { id favorite } } pageInfo { hasNextPage endCursor }
      }
    }
  `;
  const shown = [];
  const showing = pipe(
    cached.query(gallery, {}),
    subscribe((result) => shown.push(dataOf(result).gallery)),
  );
  await until(() => shown.length === 1);
  const [{ node }] = shown[0].edges;
  assert.equal(node.favorite, false);

  const mark = `
    mutation ($input: UpdateImageInput!) { updateImage(input: $input) { image { id favorite } } }
  `;
  dataOf(await cached.mutation(mark, { input: { id: node.id, favorite: true } }).toPromise());
  await until(() => shown.length === 2);
  assert.deepEqual(shown[1].edges[0].node, { ...node, favorite: true });

  const { endCursor: after } = shown[1].pageInfo;
  const { gallery: joined } = dataOf(await cached.query(gallery, { after }).toPromise());
  assert.equal(new Set(joined.edges.map((edge) => edge.node.id)).size, 4);
  assert.deepEqual(warned, []);
  showing.unsubscribe();
}

await followTheReadme({ ask, watch });
await useTheCache();
await sockets.dispose();
