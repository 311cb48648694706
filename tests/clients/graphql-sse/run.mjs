// Server-sent events in distinct connections mode: every operation is a request of its own.
import assert from "node:assert/strict";
import { createClient } from "graphql-sse";
import { ENDPOINT, followTheReadme } from "../flow.mjs";

const client = createClient({ url: ENDPOINT, retryAttempts: 0 });

async function* watch(query, variables) {
  for await (const { data, errors } of client.iterate({ query, variables })) {
    if (errors) throw Object.assign(new Error(errors[0].message), { errors });
    yield data;
  }
}

async function ask(query, variables) {
  const results = [];
  for await (const data of watch(query, variables)) results.push(data);
  assert.equal(results.length, 1);
  return results[0];
}

await followTheReadme({ ask, watch });
client.dispose();
