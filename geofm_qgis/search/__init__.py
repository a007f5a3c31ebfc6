"""Search by text and by example, apart from its widgets: indexes, queries, answers and hits on the map."""
