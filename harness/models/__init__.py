"""A reference becomes a resident model."""
