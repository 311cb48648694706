// Everything over one WebSocket, queries and mutations too.
import assert from "node:assert/strict";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { collect, followTheReadme, refuses, SOCKETS } from "../flow.mjs";

const closed = [];
const client = createClient({
  url: SOCKETS,
  webSocketImpl: WebSocket,
  lazyCloseTimeout: 1000,
  on: { closed: ({ code }) => closed.push(code) },
});

async function* watch(query, variables) {
  for await (const result of client.iterate({ query, variables })) yield dataOf(result);
}

async function ask(query, variables) {
  for await (const data of watch(query, variables)) return data;
}

function dataOf({ data, errors }) {
  if (errors) throw Object.assign(new Error(errors[0].message), { errors });
  return data;
}

// A document that does not fit ends its own operation; the client throws its errors as a list.
async function askWhatDoesNotFit() {
  const errors = await ask("{ nothing }").catch((thrown) => thrown);
  await refuses("GRAPHQL_VALIDATION_FAILED", Promise.reject({ errors }));
}

async function watchWhatIsFinished(id) {
  const document = `subscription ($id: ID!) { generationProgress(id: $id) { sequence progress } }`;
  const events = await collect(watch(document, { id }), "generationProgress");
  assert.deepEqual(events.map(({ progress }) => progress), [1]);
}

const images = await followTheReadme({ ask, watch });
await askWhatDoesNotFit();
const { image } = await ask("query ($id: ID!) { image(id: $id) { generation { id } } }", images[0]);
await watchWhatIsFinished(image.generation.id);
assert.deepEqual(closed, [], "the socket was closed in between");
await client.dispose();
