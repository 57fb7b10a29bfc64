"""The demo: a real legacy system, a model that replays recorded answers, and traffic through the router.

It uses the router as a user does, by its commands and its ports, and knows nothing of its insides.
"""
