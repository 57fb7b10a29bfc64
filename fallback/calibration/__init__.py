"""How well confidences tell the share of right answers, for people: dashboards, and comparing models.

Pure. A certified threshold needs none of it: it rests on the order of confidences alone.
"""
