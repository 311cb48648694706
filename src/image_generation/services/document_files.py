"""Trusted documents, read from a JSON file as code generators write it."""

import json
from pathlib import Path


class DocumentFileError(Exception):
    """The file cannot be used; the message says where and why, for the operator."""


def read_documents(path: Path) -> dict[str, str]:
    """Return the documents of a file by their names, which are hashes as a rule.

    The file is an object, as GraphQL Code Generator (`persistedDocuments`) and Relay
    (`persistConfig`) write it. Raises `DocumentFileError`.
    """
    try:
        documents = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DocumentFileError(f"{path}: {error}") from error
    if not isinstance(documents, dict) or not documents:
        raise DocumentFileError(f"{path}: it is not an object of documents by their hashes.")
    for name, document in documents.items():
        if not isinstance(document, str) or not name:
            raise DocumentFileError(f"{path}: {name!r} is no document; write it as a string.")
    return documents
