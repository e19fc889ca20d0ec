"""Repository-wide pytest set-up; options and fixtures are in `harness.plugin`."""

import os

# two workers with two threads each on two cores run slower than one thread each
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
