"""What makes up for missing layers without training. Importing this package registers the repairs."""

from harness.repair import bias, linear_patch, norm, replace_me

__all__ = ["bias", "linear_patch", "norm", "replace_me"]
