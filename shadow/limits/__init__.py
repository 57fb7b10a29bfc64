"""What bounds the calls to a model."""
