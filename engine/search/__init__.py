"""Ranked places for words: encoders, index, query."""
