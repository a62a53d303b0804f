"""Assessment: facts about the frameworks, and what a team may conclude from the comparisons."""

from assay.assessment.advice import recommendations
from assay.assessment.facts import ecosystem

__all__ = ["ecosystem", "recommendations"]
