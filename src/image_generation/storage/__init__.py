"""WHERE BYTES ARE KEPT: a local folder, or memory."""
