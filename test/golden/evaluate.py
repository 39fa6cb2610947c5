"""Reference values for src/evaluate, by scipy, scikit-learn, scikit-image and MLstatkit (DeLong).

    python -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 \
        scikit-image==0.26.0 statsmodels==0.15.0 MLstatkit==0.1.91
    venv/bin/python test/golden/evaluate.py > test/golden/evaluate.json
"""

import json
from importlib.metadata import version

import numpy as np
from MLstatkit import Delong_test
from scipy import stats
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    confusion_matrix,
    roc_auc_score,
    roc_curve,
)
from statsmodels.stats.multitest import multipletests

random = np.random.default_rng(20230401)


def calibration_error(truth, scores, weights, bins):
    edges = np.arange(1, bins) / bins
    where = np.searchsorted(edges, scores)  # right-closed bins
    gap = 0.0
    for each in range(bins):
        inside = where == each
        if weights[inside].sum() > 0:
            mean = np.average(scores[inside], weights=weights[inside])
            share = np.average(truth[inside], weights=weights[inside])
            gap += weights[inside].sum() * abs(mean - share)
    return gap / weights.sum()


def measures(name, size, steps, weighted):
    truth = random.integers(0, 2, size)
    truth[:2] = [0, 1]
    # Multiples of a power of two are exact in float32, so that both sides see the same numbers.
    scores = np.clip(np.round((0.3 * truth + random.random(size)) / 1.3 * steps), 0, steps) / steps
    weights = random.integers(0, 4, size) if weighted else np.ones(size, int)
    weights[:2] = 1
    decided = (scores >= 0.5).astype(int)
    fpr, tpr, thresholds = roc_curve(truth, scores, drop_intermediate=False)
    matrix = confusion_matrix(truth, decided, sample_weight=weights)
    return dict(
        name=name,
        truth=truth.tolist(),
        scores=scores.tolist(),
        weights=weights.tolist(),
        auc=roc_auc_score(truth, scores, sample_weight=weights),
        averagePrecision=average_precision_score(truth, scores, sample_weight=weights),
        brier=brier_score_loss(truth, scores, sample_weight=weights),
        calibrationError=calibration_error(truth, scores, weights, 10),
        balancedAccuracy=balanced_accuracy_score(truth, decided, sample_weight=weights),
        confusion=matrix.ravel().tolist(),
        roc=dict(fpr=fpr.tolist(), tpr=tpr.tolist(), thresholds=thresholds[1:].tolist()),
    )


def delong(size, steps, confidence):
    truth = random.integers(0, 2, size)
    truth[:4] = [0, 0, 1, 1]
    common = random.random(size)
    a = np.round((0.4 * truth + common + 0.3 * random.random(size)) * steps) / steps
    b = np.round((0.2 * truth + common + 0.3 * random.random(size)) * steps) / steps
    z, p, ci_a, ci_b, auc_a, auc_b, info = Delong_test(truth, a, b, alpha=confidence)
    assert info["method"] == "delong", info
    return dict(
        truth=truth.tolist(), a=a.tolist(), b=b.tolist(), confidence=confidence,
        z=-float(z), p=float(p), aucA=float(auc_a), aucB=float(auc_b),
        ciA=[float(x) for x in ci_a], ciB=[float(x) for x in ci_b],
    )


def similarity(channels, rows, cols, window, data_range):
    a = random.integers(0, 256, (channels, rows, cols)) / 255
    b = np.clip(a + 0.2 * random.standard_normal(a.shape), 0, 1).astype(np.float32).astype(float)
    value = structural_similarity(a, b, win_size=window, data_range=data_range, channel_axis=0)
    return dict(
        shape=[channels, rows, cols], window=window, dataRange=data_range,
        a=np.round(a * 255).astype(int).ravel().tolist(), b=b.ravel().tolist(),
        ssim=float(value), psnr=float(peak_signal_noise_ratio(a, b, data_range=data_range)),
    )


def student(values, confidence):
    low, high = stats.t.interval(confidence, len(values) - 1, np.mean(values), stats.sem(values))
    return dict(values=list(values), confidence=confidence, value=float(np.mean(values)), low=float(low), high=float(high))


def kruskal(groups):
    statistic, p = stats.kruskal(*groups)
    return dict(groups=[list(map(float, g)) for g in groups], statistic=float(statistic), p=float(p))


def smirnov(a, b):
    return dict(a=list(map(float, a)), b=list(map(float, b)), statistic=float(stats.ks_2samp(a, b).statistic))


def holm(values):
    return dict(values=list(values), adjusted=multipletests(values, method="holm")[1].tolist())


def rounded(size, digits, shift=0.0):
    return np.round(random.standard_normal(size) + shift, digits).tolist()


golden = dict(
    versions={each: version(each) for each in ["numpy", "scipy", "scikit-learn", "scikit-image", "statsmodels", "MLstatkit"]},
    measures=[
        measures("many ties", 80, 8, False),
        measures("few ties", 200, 1 << 20, False),
        measures("weights and ties", 120, 16, True),
        measures("weights", 60, 1 << 20, True),
        measures("two records", 2, 8, False),
        measures("five records", 5, 4, False),
    ],
    delong=[delong(12, 4, 0.95), delong(60, 8, 0.95), delong(200, 1 << 20, 0.9)],
    ssim=[
        similarity(1, 24, 31, 3, 1), similarity(1, 24, 31, 7, 1), similarity(1, 24, 31, 3, 2),
        similarity(3, 17, 12, 7, 2), similarity(3, 17, 12, 3, 1), similarity(1, 7, 7, 7, 1),
    ],
    student=[student([0.86, 0.871, 0.855, 0.9, 0.83, 0.84], 0.95), student([1.0, 3.0], 0.99)],
    kruskal=[
        kruskal([rounded(6, 2), rounded(6, 2, 0.5), rounded(5, 2, 1)]),
        kruskal([rounded(8, 0), rounded(7, 0), rounded(3, 0)]),
        kruskal([[1, 2], [2, 3]]),
    ],
    smirnov=[smirnov(rounded(40, 1), rounded(25, 1, 0.6)), smirnov(rounded(300, 6), rounded(200, 6, 0.1)), smirnov([1], [2])],
    quantiles=dict(values=(v := rounded(11, 3)), shares=[0, 0.025, 0.3, 0.975, 1], expected=np.quantile(v, [0, 0.025, 0.3, 0.975, 1]).tolist()),
    holm=[holm([0.01, 0.04, 0.03, 0.2]), holm([0.5, 0.5, 0.001])],
)
print(json.dumps(golden))
