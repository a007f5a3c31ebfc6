"""Files that a stranger made to harm whoever opens them, by kind; each module yields `Case`s."""
