"""THE WORDS WE USE: requests, results, statuses, styles, errors. No I/O, no framework."""
