"""Audit a personalization model's predictions for fairness."""
