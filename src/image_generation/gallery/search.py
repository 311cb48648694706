"""What people type into a search box, as a full-text query."""

import re

from image_generation.domain.errors import InvalidInput

_TERM = re.compile(r'"([^"]+)"|([^\s"]+)')


def full_text_query(text: str) -> str:
    """Turn words, "phrases" and prefixes* into an FTS5 query for rows that hold them all.

    Everything else in the text is taken literally. Raises `InvalidInput` when no word is left.
    """
    terms = [_term(*match.groups()) for match in _TERM.finditer(text)]
    query = " ".join(term for term in terms if term)
    if not query:
        raise InvalidInput("filter.search", "There is no word in it.", "Give a word to look for.")
    return query


def _term(phrase: str | None, word: str | None) -> str:
    text = phrase or word or ""
    if not any(character.isalnum() for character in text):
        return ""
    prefix = "*" if word and word.endswith("*") else ""
    return f'"{text}"{prefix}'
