import graphql from "@graphql-eslint/eslint-plugin";

// Values: they are part of what has them, and nobody asks for one of them alone.
const VALUES = [
  "Adjustment",
  "Cost",
  "Equation",
  "Estimate",
  "Figure",
  "Limits",
  "ProviderHealth",
  "Reference",
];

// Known by `kind` or `name`, which are written in requests by hand.
const NAMED = ["Concept", "Model", "Provider", "Style"];

// Who is asking, and sums of what was spent: they have no identity.
const ACCOUNTS = ["Spend", "Viewer", "ViewerSpend"];

export default [
  {
    files: ["*.graphql"],
    plugins: { "@graphql-eslint": graphql },
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "schema.graphql" } },
    },
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      ...graphql.configs["flat/schema-relay"].rules,

      // Some lists only go forward; Relay's specification asks for one direction.
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],

      // Short lists that belong to one thing are lists and not pages.
      "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],

      // Everything is described but directives: the only one, `@oneOf`, is GraphQL's own.
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          rootField: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
        },
      ],

      // An `id` is for what can be found again by it.
      "@graphql-eslint/strict-id-in-types": [
        "error",
        {
          exceptions: {
            types: ["PageInfo", ...VALUES, ...NAMED, ...ACCOUNTS],
            suffixes: ["Connection", "Edge", "Error", "Payload", "Progress"],
          },
        },
      ],
    },
  },
];
