"""A shadow-mode parallel inference router: moves the bytes between client, legacy system and model."""
