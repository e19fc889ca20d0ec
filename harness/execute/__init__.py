"""The only place where generated code runs."""
