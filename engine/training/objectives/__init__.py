"""Ways to learn, a file each: what a network's outputs are held against, and how much it counts."""
