"""A GraphQL server for making pictures with AI."""

__version__ = "0.1.0"
