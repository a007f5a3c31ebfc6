"""The bound of land cover is what scikit-learn's quadratic discriminant analysis reaches with the same statistics."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.metrics import jaccard_score

from engine.samples import CLASSES, Scene, Simulator, bayes_miou


def test_the_bound_is_that_of_quadratic_discriminant_analysis():
    scene = Scene(seed=2, width=256, height=256)
    here = Simulator(scene, optical=True).whole()
    others = [Simulator(Scene(seed, 1024, 512), optical=True).whole() for seed in (103, 104)]
    x = np.concatenate([np.log(whole.optical.reshape(10, -1).T) for whole in others])
    y = np.concatenate([whole.ground.cover.ravel() for whole in others])
    shares = np.bincount(here.ground.cover.ravel(), minlength=len(CLASSES)) / here.ground.cover.size
    model = QuadraticDiscriminantAnalysis(priors=shares).fit(x, y)
    truth, found = here.ground.cover.ravel(), model.predict(np.log(here.optical.reshape(10, -1).T))
    expected = jaccard_score(truth, found, labels=np.unique(truth), average="macro")
    assert bayes_miou(scene, here.ground.cover, here.optical) == pytest.approx(expected, abs=1e-4)
