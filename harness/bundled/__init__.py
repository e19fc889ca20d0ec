"""What an installed copy carries: the checks, the tiny model and its data, the paper's figures, the scoreboard."""
