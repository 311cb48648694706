// GraphQL Code Generator makes types of the schema and the documents, TypeScript's compiler accepts
// them in its strictest mode, and what comes out works.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as documentNodes from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const scalars = {
  DateTime: "string",
  Decimal: "string",
  JSON: "Record<string, unknown>",
  Seed: "number",
  Upload: "File",
};
const plugins = { operations, documentNodes };

const generated = await codegen({
  filename: "src/graphql.ts",
  schema: parse(readFileSync("../schema.graphql", "utf8")),
  documents: [{ document: parse(readFileSync("documents.graphql", "utf8")) }],
  pluginMap: plugins,
  plugins: Object.keys(plugins).map((name) => ({ [name]: {} })),
  config: { scalars, strictScalars: true },
});
writeFileSync("src/graphql.ts", generated);
execFileSync("node", ["node_modules/typescript/bin/tsc"], { stdio: "inherit" });
await import("./built/flow.js");
