"""Claims of neighbouring papers, one short file each (docs/neighbours.md)."""
