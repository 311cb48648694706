// The flow of the README with documents whose variables and answers are typed.
import assert from "node:assert/strict";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { createClient } from "graphql-sse";
import {
  AnythingDocument,
  BatchDocument,
  BatchProgressDocument,
  FromPictureDocument,
  GalleryDocument,
  GenerateDocument,
  type GenerateInput,
  type ImageSource,
  type PictureFragment,
  ProgressDocument,
} from "./graphql.js";

const url = `${process.env["SERVER_URL"]}/graphql`;
const events = createClient({ url, retryAttempts: 0 });

async function ask<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ query: print(document), variables });
  const answer = await (await fetch(url, { method: "POST", headers, body })).json();
  assert.equal(answer.errors, undefined);
  return answer.data;
}

async function last<Data, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  let event: Data | null | undefined;
  for await (const { data } of events.iterate<Data>({ query: print(document), variables })) {
    event = data;
  }
  assert.ok(event);
  return event;
}

async function make(input: GenerateInput): Promise<void> {
  const { generation } = (await ask(GenerateDocument, { input })).generate;
  const seen = await last(ProgressDocument, { id: generation.id });
  assert.equal(seen.generationProgress.generation.status, "SUCCEEDED");
  assert.equal(seen.generationProgress.progress, 1);
}

async function makeBatch(): Promise<string> {
  const input = { prompt: "a lighthouse at night", seeds: [1, 2, 3] };
  const { id } = (await ask(BatchDocument, { input })).generateBatch.batch;
  const { batch } = (await last(BatchProgressDocument, { id })).batchProgress;
  assert.deepEqual([batch.status, batch.succeeded], ["SUCCEEDED", 3]);
  return id;
}

async function pages(): Promise<PictureFragment[]> {
  const filter = { search: "light*" };
  const { gallery: first } = await ask(GalleryDocument, { first: 3, filter });
  const after = first.pageInfo.endCursor ?? null;
  const { gallery: second } = await ask(GalleryDocument, { first: 3, after, filter });
  assert.equal(second.pageInfo.hasNextPage, false);
  return [...first.edges, ...second.edges].map(({ node }) => node);
}

async function nameOf(id: string): Promise<string | number> {
  const { node } = await ask(AnythingDocument, { id });
  if (node?.__typename === "Batch") return node.total;
  if (node?.__typename === "Image") return node.prompt;
  return assert.fail();
}

async function makeFrom(image: ImageSource): Promise<string | undefined> {
  const input = { prompt: "the same in winter", image };
  const { generation } = (await ask(FromPictureDocument, { input })).img2img;
  assert.equal(generation.image?.format, "PNG");
  return generation.source?.id;
}

// What the service would refuse, the compiler refuses.
export function refusedByTheCompiler(): unknown[] {
  return [
    // @ts-expect-error: a picture comes from one place
    { imageId: "a", base64: "b" } satisfies ImageSource,
    // @ts-expect-error: a prompt is needed
    { style: "sketch" } satisfies GenerateInput,
    // @ts-expect-error: a seed is a number
    { prompt: "a lighthouse", seed: "7" } satisfies GenerateInput,
    // @ts-expect-error: there is no such order
    ask(GalleryDocument, { filter: { operation: "PAINT" } }),
  ];
}

await make({ prompt: "a lighthouse", seed: 7, wait: false, idempotencyKey: "lighthouse" });
const batch = await makeBatch();
const images = await pages();
assert.deepEqual(images.map(({ seed }) => seed), [7, 1, 2, 3]);
const [image] = images;
assert.ok(image);
assert.ok(image.createdAt.endsWith("Z"));
assert.equal((await fetch(image.url)).status, 200);
assert.deepEqual([await nameOf(batch), await nameOf(image.id)], [3, "a lighthouse"]);
assert.equal(await makeFrom({ imageId: image.id }), image.id);
events.dispose();
