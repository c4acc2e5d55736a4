"""Exercises that answer: a formula is read, compared with the reference, and its slip named."""
