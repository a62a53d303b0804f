"""Assay measures Rust against Python for machine learning and proves each comparison fair before it prints a number."""
