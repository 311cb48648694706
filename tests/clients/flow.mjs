// What the README tells, followed with any client that can `ask(document, variables)` for data and
// `watch(document, variables)` a subscription's; a refusal is thrown with its `errors`.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";

export const SERVER = process.env.SERVER_URL;
export const ENDPOINT = `${SERVER}/graphql`;
export const SOCKETS = ENDPOINT.replace("http", "ws");

const GENERATE = `
  mutation Generate($input: GenerateInput!) {
    generate(input: $input) { generation { id status progress } }
  }
`;
const PROGRESS = `
  subscription Progress($id: ID!) {
    generationProgress(id: $id) { sequence progress generation { id status image { id } } }
  }
`;
const BATCH = `
  mutation Batch($input: GenerateBatchInput!) { generateBatch(input: $input) { batch { id total } } }
`;
const BATCH_PROGRESS = `
  subscription BatchProgress($id: ID!) {
    batchProgress(id: $id) {
      sequence progress
      batch { id status succeeded }
      generation { id status image { id } }
    }
  }
`;
const GALLERY = `
  query Gallery($first: Int!, $after: String, $search: String!) {
    gallery(first: $first, after: $after, filter: { search: $search }) {
      totalCount
      edges { cursor node { id prompt seed url byteSize sha256 } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

/** Make a picture, watch it, make a batch, watch it, find all in the gallery, fetch one. */
export async function followTheReadme({ ask, watch }) {
  const generation = await makeAndWatch(ask, watch);
  await askAgain(ask, generation);
  await makeAndWatchBatch(ask, watch);
  const images = await searchAndPage(ask);
  assert.deepEqual(images.map(({ seed }) => seed).toSorted((a, b) => a - b), [1, 2, 3, 7]);
  await fetchByUrl(images.at(-1));
  await beRefused(ask);
  return images;
}

const wish = { prompt: "a lighthouse", seed: 7, wait: false, idempotencyKey: "lighthouse" };

async function makeAndWatch(ask, watch) {
  const { generation } = (await ask(GENERATE, { input: wish })).generate;

  const events = await collect(watch(PROGRESS, { id: generation.id }), "generationProgress");

  assert.deepEqual(statusOf(events.at(-1).generation), [generation.id, "SUCCEEDED"]);
  assert.equal(events.at(-1).progress, 1);
  return generation;
}

async function askAgain(ask, generation) {
  const again = await ask(GENERATE, { input: wish });
  assert.deepEqual(statusOf(again.generate.generation), [generation.id, "SUCCEEDED"]);

  await refuses("CONFLICT", ask(GENERATE, { input: { ...wish, prompt: "a harbour" } }));
}

async function makeAndWatchBatch(ask, watch) {
  const input = { prompt: "a lighthouse at night", seeds: [1, 2, 3] };
  const { batch } = (await ask(BATCH, { input })).generateBatch;
  assert.equal(batch.total, 3);

  const events = await collect(watch(BATCH_PROGRESS, { id: batch.id }), "batchProgress");

  const last = events.at(-1);
  assert.deepEqual(statusOf(last.batch), [batch.id, "SUCCEEDED"]);
  assert.deepEqual([last.batch.succeeded, last.progress], [3, 1]);
}

async function searchAndPage(ask) {
  const first = (await ask(GALLERY, { first: 3, search: "light*" })).gallery;
  assert.deepEqual([first.totalCount, first.pageInfo.hasNextPage], [4, true]);

  const after = first.pageInfo.endCursor;
  const second = (await ask(GALLERY, { first: 3, after, search: "light*" })).gallery;
  assert.equal(second.pageInfo.hasNextPage, false);

  return [...first.edges, ...second.edges].map(({ node }) => node);
}

async function fetchByUrl({ url, byteSize, sha256 }) {
  const response = await fetch(url);
  const bytes = Buffer.from(await response.arrayBuffer());

  assert.deepEqual([response.status, response.headers.get("content-type")], [200, "image/png"]);
  assert.equal(bytes.length, byteSize);
  assert.equal(createHash("sha256").update(bytes).digest("hex"), sha256);
}

async function beRefused(ask) {
  const input = { prompt: "a lighthouse", width: 9000 };
  const error = await refuses("BAD_USER_INPUT", ask(GENERATE, { input }));
  assert.equal(error.extensions.field, "width");
}

/** Wait for a refusal with this code, and return its error. */
export async function refuses(code, asked) {
  const refusal = await asked.then(
    (data) => assert.fail(`It was granted: ${JSON.stringify(data)}`),
    (error) => error,
  );
  assert.ok(Array.isArray(refusal.errors), String(refusal.stack));
  assert.deepEqual(refusal.errors.map(({ extensions }) => extensions.code), [code]);
  return refusal.errors[0];
}

/** Collect a subscription's events until its end; their numbers grow and progress never falls. */
export async function collect(events, field) {
  const seen = [];
  for await (const data of events) seen.push(data[field]);
  const numbers = seen.map(({ sequence }) => sequence);
  assert.deepEqual(numbers, [...new Set(numbers)].toSorted((a, b) => a - b));
  const progress = seen.map((event) => event.progress);
  assert.deepEqual(progress, progress.toSorted((a, b) => a - b));
  return seen;
}

/** Give an observable's values, to be gone through one by one. */
export const valuesOf = (observable) =>
  new ReadableStream({
    start(stream) {
      observable.subscribe({
        next: (value) => stream.enqueue(value),
        error: (error) => stream.error(error),
        complete: () => stream.close(),
      });
    },
  });

/** Wait until it is so. */
export async function until(isSo) {
  for (let turn = 0; turn < 1000; turn += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`It did not come about: ${isSo}`);
}

const statusOf = ({ id, status }) => [id, status];
