// Relay: its compiler takes the schema, and its store understands what the service answers.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { collect, ENDPOINT, refuses, SOCKETS, until, valuesOf } from "../flow.mjs";

const require = createRequire(import.meta.url);
const relay = require("relay-runtime");

execFileSync(require("relay-compiler"), ["--output", "quiet-with-errors"], { stdio: "inherit" });
const artifact = (name) => require(`./src/__generated__/documents${name}.graphql.js`);

const sockets = createClient({ url: SOCKETS, webSocketImpl: WebSocket });
const environment = new relay.Environment({
  network: relay.Network.create(overHttp, overTheSocket),
  store: new relay.Store(new relay.RecordSource()),
});

async function overHttp({ text: query }, variables) {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ query, variables });
  const result = await (await fetch(ENDPOINT, { method: "POST", headers, body })).json();
  if (result.errors) throw Object.assign(new Error(), { errors: result.errors });
  return result;
}

function overTheSocket({ text: query }, variables) {
  return relay.Observable.create((sink) => sockets.subscribe({ query, variables }, sink));
}

const answered = (query) =>
  new Promise((complete, error) => sockets.subscribe({ query }, { next() {}, error, complete }));

const ask = (name, variables) =>
  relay.fetchQuery(environment, artifact(name), variables).toPromise();

const change = (name, variables) =>
  new Promise((onCompleted, onError) => {
    const mutation = artifact(name);
    relay.commitMutation(environment, { mutation, variables, onCompleted, onError });
  });

const watch = (name, variables) =>
  valuesOf({
    subscribe: ({ next, error, complete }) =>
      relay.requestSubscription(environment, {
        subscription: artifact(name),
        variables,
        onNext: next,
        onError: error,
        onCompleted: complete,
      }),
  });

/** Read a fragment from the store, without asking. */
const read = (name, reference) =>
  environment.lookup(relay.getSingularSelector(artifact(name), reference)).data;

async function makeAndWatch() {
  const input = { prompt: "a lighthouse", wait: false, seed: 7, idempotencyKey: "lighthouse" };
  const { generation } = (await change("GenerateMutation", { input })).generate;
  const { id } = read("Work", generation);

  const events = await collect(watch("ProgressSubscription", { id }), "generationProgress");

  assert.equal(events.at(-1).progress, 1);
  assert.equal(read("Work", generation).status, "SUCCEEDED");
  const again = (await change("GenerateMutation", { input })).generate.generation;
  assert.equal(read("Work", again).id, id);
  return id;
}

// The items of the batch are those in the store that the events told of.
async function makeAndWatchBatch() {
  const input = { prompt: "a lighthouse at night", seeds: [1, 2, 3] };
  const { batch } = (await change("BatchMutation", { input })).generateBatch;

  const events = await collect(watch("BatchProgressSubscription", batch), "batchProgress");

  assert.deepEqual(events.at(-1).batch, { status: "SUCCEEDED", succeeded: 3 });
  const works = read("Items", batch).generations.edges.map(({ node }) => read("Work", node));
  assert.deepEqual(works.map(({ status }) => status), Array(3).fill("SUCCEEDED"));
  return batch.id;
}

async function findAgain(generation, batch) {
  const { node } = await ask("AnythingQuery", { id: generation });
  assert.equal(node.__typename, "Generation");
  const { image } = read("Work", node.work);
  const { url, id } = read("Picture", image);
  assert.equal((await fetch(url)).headers.get("content-type"), "image/png");

  const found = [batch, id].map(async (id) => (await ask("AnythingQuery", { id })).node);
  const names = (await Promise.all(found)).map(({ __typename }) => __typename);
  assert.deepEqual(names, ["Batch", "Image"]);

  const refetched = await ask("WorkRefetchQuery", { id: generation });
  assert.equal(read("Work", refetched.node).progress, 1);
}

// Two pages are one list; what is marked, added and deleted changes in it.
async function keepTheGallery() {
  const search = "light*";
  const root = await ask("GalleryQuery", { search });
  const gallery = () => read("Gallery", root).gallery;
  const pictures = () => gallery().edges.map(({ node }) => read("Picture", node));
  assert.deepEqual([gallery().totalCount, pictures().length], [4, 2]);

  const after = gallery().pageInfo.endCursor;
  await ask("GalleryPageQuery", { search, after, first: 2 });
  assert.equal(new Set(pictures().map(({ id }) => id)).size, 4);
  assert.equal(gallery().pageInfo.hasNextPage, false);

  const [{ id }] = pictures();
  await change("MarkMutation", { input: { id, favorite: true } });
  assert.deepEqual(pictures().map(({ favorite }) => favorite), [true, false, false, false]);

  const list = ["client:root", "documents_gallery", { filter: { search } }];
  const connections = [relay.ConnectionHandler.getConnectionID(...list)];
  await addOne(connections, () => pictures().length === 5);
  await change("DeleteMutation", { ids: [id], connections });
  assert.equal(pictures().length, 4);
  assert.ok(pictures().every((picture) => picture.id !== id));
}

async function addOne(connections, isThere) {
  const subscription = relay.requestSubscription(environment, {
    subscription: artifact("AddedSubscription"),
    variables: { connections },
    onError: (error) => assert.fail(error),
  });
  await answered("{ __typename }"); // and so the subscription, which was asked before, has begun
  const input = { prompt: "a lighthouse in the morning", wait: true };
  await change("GenerateMutation", { input });
  await until(isThere);
  subscription.dispose();
}

const generation = await makeAndWatch();
const batch = await makeAndWatchBatch();
await findAgain(generation, batch);
await keepTheGallery();
const tooWide = { input: { prompt: "a lighthouse", width: 9000 } };
await refuses("BAD_USER_INPUT", change("GenerateMutation", tooWide));
await sockets.dispose();
