"""What the Processing toolbox offers: parameters in, a request out, one module per algorithm."""
