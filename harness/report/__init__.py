"""What a run leaves behind: verdicts.json, item files, a table, pictures."""
