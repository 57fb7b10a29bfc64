"""Finds the threshold above which the model may be served, and proves it from labelled exchanges.

Pure. numpy is loaded with it and scipy with the first question, so a worker, which only reads a threshold, imports
none of it.
"""
