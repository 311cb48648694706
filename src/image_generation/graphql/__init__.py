"""THE FRONT DOOR: schema, types, resolvers, and the HTTP and WebSocket views."""
