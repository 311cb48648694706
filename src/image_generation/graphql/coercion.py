"""What graphql-core says about values it cannot read, made fit for clients."""

import re

_VARIABLE = re.compile(r"^Variable '\$(\w+)' has invalid (?:default )?value(?: at ([^:]+))?:")
_ARGUMENT = re.compile(r"^Argument '(\w+)' ")
_MEMBER = re.compile(r"to include (?:required|unknown) field '(\w+)'")

# The texts of foreign exceptions, as graphql-core and Strawberry put them into their messages.
_QUOTED_EXCEPTION = re.compile(r", but encountered error '.*'; found: ", re.DOTALL)
_APPENDED_EXCEPTION = re.compile(r"(Value cannot represent an? \w+: \".*\"\.) .*", re.DOTALL)

_SUGGESTION = re.compile(r" Did you mean [^?]*\?")


def names_an_input(message: str) -> bool:
    """Whether the message blames a variable or an argument."""
    return bool(_VARIABLE.match(message) or _ARGUMENT.match(message))


def blamed_input(message: str) -> str | None:
    """Tell which input a coercion error means: "input.size", "first"; None if it does not say."""
    member = _MEMBER.search(message)
    tail = f".{member[1]}" if member else ""
    if variable := _VARIABLE.match(message):
        return f"{variable[1]}{variable[2] or ''}{tail}"
    if argument := _ARGUMENT.match(message):
        return f"{argument[1]}{tail}"
    return None


def without_exception_text(message: str) -> str:
    """Remove what an exception said: that was written for us, not for clients."""
    return _APPENDED_EXCEPTION.sub(r"\1", _QUOTED_EXCEPTION.sub("; found: ", message))


def without_suggestion(message: str) -> str:
    """Remove the names that graphql-core thinks were meant."""
    return _SUGGESTION.sub("", message)
