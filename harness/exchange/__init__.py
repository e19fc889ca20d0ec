"""A store that lies elsewhere (S3 and its like), and a folder here that is kept in step with it."""
