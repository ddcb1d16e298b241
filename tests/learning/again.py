"""A second model that says other things, and history that it has not seen."""

from ml.serve import Finding, ModelInfo, Picture, Score
from tests.scoring import PlainScorer


class OtherScorer(PlainScorer):
    """A model that is told what to say: the same of every picture, unless `says` is changed in between."""

    def __init__(self, model, label: str = "authentic", probability: float = 0.1):
        super().__init__(model)
        self.info = ModelInfo(model.version, model.sha256, model.card)
        self.label, self.probability = label, probability

    def judge(self, picture: Picture) -> Score:
        self.calls += 1
        return Score(
            label=self.label,
            fake_probability=self.probability,
            probabilities={"authentic": 1 - self.probability, "ai_generated": self.probability, "manipulated": 0.0},
            reasons=("It looks otherwise now.",),
            findings=(Finding("stability", "silent", "The verdict held.", {"steady": True}),),
            heatmap=None,
            facts=picture.facts,
            model=self.info,
        )

    def steadiness(self, data, limits=None):
        return []
