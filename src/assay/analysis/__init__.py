"""From raw samples to intervals, verdicts and figures."""
