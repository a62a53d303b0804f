"""Assessment: facts about the frameworks, and what a team may conclude from the comparisons."""

from assay.assessment.advice import recommendations
from assay.assessment.facts import ecosystem
from assay.assessment.published import Measured, published

__all__ = ["Measured", "ecosystem", "published", "recommendations"]
