"""How each kind of model is asked and understood. Knows nothing of routes, decisions or the record."""
