"""The scorer: takes unscored exchanges, compares the two answers, writes scores and sums in one transaction."""
