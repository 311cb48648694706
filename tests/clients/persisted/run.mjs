// Apollo Client where only trusted documents run: it sends their hashes, and nothing else is let in.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { print } from "graphql";
import { ENDPOINT } from "../flow.mjs";

const sha256 = (document) => createHash("sha256").update(document).digest("hex");
const trusted = gql`query Who { viewer { name __typename } }`;
const other = gql`query Role { viewer { role __typename } }`;

const documents = JSON.parse(await readFile(new URL("documents.json", import.meta.url), "utf8"));
assert.deepEqual(documents, { [sha256(print(trusted))]: print(trusted) });

for (const useGETForHashedQueries of [false, true]) {
  const sent = [];
  const http = new HttpLink({
    uri: ENDPOINT,
    fetch: async (address, request) => {
      const response = await fetch(address, request);
      sent.push([request.method, response.status, `${request.body}`.includes('"query":')]);
      return response;
    },
  });
  const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries });
  const link = ApolloLink.from([persisted, http]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });

  const { data } = await client.query({ query: trusted });
  assert.equal(data.viewer.name, "local");
  await assert.rejects(client.query({ query: other }), /Only trusted documents run here/);

  const method = useGETForHashedQueries ? "GET" : "POST";
  assert.deepEqual(sent, [
    [method, 200, false],
    [method, 400, false], // which of them are not known Apollo asks first …
    ["POST", 403, true], // … and offers the document then
  ]);
}

console.log("only trusted documents ran");
