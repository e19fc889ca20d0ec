"""One module a command of `python -m harness`; `harness/__main__.py` lists them."""
