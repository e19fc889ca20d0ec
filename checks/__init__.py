"""The claims, one short file each; `pytest --pyargs harness.bundled.checks` runs an installed copy of them."""
