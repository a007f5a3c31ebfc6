"""Sets of pictures with labels or captions, read as they are found."""
