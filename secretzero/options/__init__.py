"""From positioned data to classes: one table for each class."""
