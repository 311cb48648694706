// Two linters find nothing in `schema.graphql`: GraphQL ESLint with its recommended rules and those
// of Relay, and graphql-schema-linter with all of its rules but those of the alphabet.
import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync } from "node:fs";

// Fields stand in the order in which they are read, and enums in that of what they name.
const rules = readdirSync("node_modules/graphql-schema-linter/lib/rules")
  .map((file) => file.replace(/\.js$/, "").replaceAll("_", "-"))
  .filter((rule) => !rule.endsWith("-sorted-alphabetically"));

function passes(linter, ...options) {
  const command = [`node_modules/${linter}`, ...options, "schema.graphql"];
  return spawnSync("node", command, { stdio: "inherit" }).status === 0;
}

copyFileSync("../schema.graphql", "schema.graphql"); // ESLint looks into its own folder only
const passed = [
  passes("eslint/bin/eslint.js", "--max-warnings=0"),
  passes("graphql-schema-linter/lib/cli.js", "--rules", rules.join()),
];
process.exitCode = passed.every(Boolean) ? 0 : 1;
