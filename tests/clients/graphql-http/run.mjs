// The audits of GraphQL over HTTP: every MUST, SHOULD and MAY of them holds.
import { auditServer } from "graphql-http";

const AUDITS = 61;

const results = await auditServer({ url: `${process.env.SERVER_URL}/graphql` });
const missed = results.filter(({ status }) => status !== "ok");

for (const { id, name, status, reason } of missed) {
  console.error(`${status} ${id}: ${name}: ${reason}`);
}
console.log(`${results.length - missed.length} of ${results.length} audits are ok`);
process.exitCode = missed.length === 0 && results.length === AUDITS ? 0 : 1;
