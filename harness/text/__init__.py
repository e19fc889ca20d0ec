"""Text and tokens: what a model can be asked, its chat template, what ends an answer, thoughts."""
