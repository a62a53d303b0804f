"""The report: one self-contained HTML page per benchmark and one over all of them."""
