"""Ask a model the three questions of `requests`, in batches, and keep the answers."""
