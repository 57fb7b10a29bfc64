"""The product's own HTTP/1.1 client: targets, framing, connections, pools. Knows nothing of routes."""
