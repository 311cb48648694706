// Files with an operation, by the multipart request specification: Apollo, urql and plain fetch.
import assert from "node:assert/strict";
import { crc32, deflateSync } from "node:zlib";
import { ApolloClient, gql, InMemoryCache } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import UploadHttpLink from "apollo-upload-client/UploadHttpLink.mjs";

const SERVER = process.env.SERVER_URL;
const ENDPOINT = `${SERVER}/graphql`;
const PREFLIGHT = { "GraphQL-Require-Preflight": "1" };

const UPLOAD = `
  mutation Upload($file: Upload!) {
    uploadImage(input: { image: { upload: $file } }) { image { id width height } }
  }
`;
const INPAINT = `
  mutation Inpaint($input: InpaintInput!) {
    inpaint(input: $input) { generation { status source { id } image { url width height } } }
  }
`;

/** Write a grey PNG whose upper half is white. */
function halfWhite(width, height) {
  const chunk = (name, content) => {
    const body = Buffer.concat([Buffer.from(name), content]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    checksum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, checksum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const rows = Array.from({ length: height }, (_, row) => {
    return Buffer.concat([Buffer.alloc(1), Buffer.alloc(width, row * 2 < height ? 255 : 0)]);
  });
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(rows))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const photo = new File([halfWhite(320, 256)], "Föhr 🏝 2026.png", { type: "image/png" });
const mask = new Blob([halfWhite(320, 256)], { type: "image/png" });

/** Keep a picture, then paint into it and into one that is sent, with any client. */
async function uploadAndPaint(name, ask) {
  const { image } = (await ask(UPLOAD, { file: photo })).uploadImage;
  assert.deepEqual([image.width, image.height], [320, 256]);
  for (const source of [{ upload: photo }, { imageId: image.id }]) {
    const input = { prompt: "a starry sky", image: source, mask: { upload: mask } };
    const { generation } = (await ask(INPAINT, { input })).inpaint;
    assert.equal(generation.status, "SUCCEEDED");
    assert.ok(generation.source.id === image.id || source.upload);
    assert.equal((await fetch(generation.image.url)).headers.get("content-type"), "image/png");
  }
  console.log(`${name}: a file is kept, and painted into`);
}

const apollo = new ApolloClient({
  link: new UploadHttpLink({ uri: ENDPOINT, headers: { "Apollo-Require-Preflight": "true" } }),
  cache: new InMemoryCache(),
});
await uploadAndPaint("Apollo", async (document, variables) => {
  return (await apollo.mutate({ mutation: gql(document), variables })).data;
});

const urql = new Client({
  url: ENDPOINT,
  exchanges: [fetchExchange],
  fetchOptions: { headers: PREFLIGHT },
  preferGetMethod: false,
});
await uploadAndPaint("urql", async (document, variables) => {
  const { data, error } = await urql.mutation(document, variables);
  if (error) throw error;
  return data;
});

/** Send what a page would: a form, made by hand. */
async function sendForm(headers) {
  const form = new FormData();
  form.append("operations", JSON.stringify({ query: UPLOAD, variables: { file: null } }));
  form.append("map", JSON.stringify({ photo: ["variables.file"] }));
  form.append("photo", photo);
  const response = await fetch(ENDPOINT, { method: "POST", body: form, headers });
  return { status: response.status, ...(await response.json()) };
}

const sent = await sendForm(PREFLIGHT);
assert.equal(sent.data.uploadImage.image.width, 320);
const refused = await sendForm({});
assert.equal(refused.status, 400);
assert.match(refused.errors[0].message, /GraphQL-Require-Preflight/);
console.log("fetch: a form is taken with a preflight, and refused without");
