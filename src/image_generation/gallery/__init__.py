"""WHAT WE REMEMBER: records, queries, full-text search, migrations."""
