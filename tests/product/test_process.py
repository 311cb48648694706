"""The command: it starts, says where it is, survives being killed, and ends when asked."""
