"""The self-audit: methodological defects, each planted in a real run or in the analyser's own code, and how Assay answers."""
