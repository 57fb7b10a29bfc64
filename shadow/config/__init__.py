"""The configuration: a YAML file read, checked whole, and kept as frozen values."""
