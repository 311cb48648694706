"""Clients from npm: each folder has a `package.json` and a `run.mjs` that asks `SERVER_URL`."""
