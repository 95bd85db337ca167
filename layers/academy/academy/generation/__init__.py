"""Courses written by a model: the plan, the lessons, the picture, and what they cost."""
