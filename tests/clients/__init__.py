"""Clients from npm: each folder has a `package.json` and a `run.mjs` that asks `SERVER_URL`.

Beside their folders lie `schema.graphql` and `flow.mjs`, the flow of the README for any client.
"""
