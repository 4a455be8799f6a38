"""For those who write providers: the store contract and what tests are made of."""
