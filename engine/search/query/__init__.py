"""The query: from phrases, examples, places and marks to the best tiles of an index."""
