"""WHERE BYTES ARE KEPT: a local folder, a bucket of S3, or memory."""
