"""A small image tower that this project trains against a frozen text tower: closed vocabulary, works offline."""
