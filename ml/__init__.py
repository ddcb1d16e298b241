"""Everything that looks at pixels: decode, score, explain, train, evaluate. Knows nothing of Django."""
