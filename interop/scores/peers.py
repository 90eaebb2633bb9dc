"""Peers on the data of the suites smd, asd, smap-msl and hrss: scikit-learn's isolation forest, and k-means on windows as TSB-AD's KMeansAD.

    python interop/scores/peers.py smd DIR     (numpy, pandas, scikit-learn; one core: OMP_NUM_THREADS=1)

Same files, same training rows, same metrics as `cargo xtask bench`; the VUS-PR here is written apart from the program's, so that each checks
the other. Scores of windows are averaged over the windows that hold a row.
"""

import csv
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest


def machines(folder):
    """The layout of SMD and ASD."""
    for path in sorted(Path(folder).glob("*_test.npy")):
        beside = lambda ending: np.load(str(path).replace("_test.npy", ending)).astype(float)
        yield path.name, beside("_train.npy"), beside("_test.npy"), beside("_test_label.npy").astype(int)


def telemetry(folder):
    """The layout of SMAP and MSL; the first column alone."""
    labels = {}
    with open(Path(folder) / "labeled_anomalies.csv") as file:
        for line in csv.DictReader(file):
            labels.setdefault(line["chan_id"], []).extend(json.loads(line["anomaly_sequences"]))
    for path in sorted((Path(folder) / "test").glob("*.npy")):
        if path.stem in labels:
            test = np.load(path)[:, :1].astype(float)
            truth = np.zeros(len(test), int)
            for first, last in labels[path.stem]:
                truth[first : last + 1] = 1
            yield path.name, np.load(Path(folder) / "train" / path.name)[:, :1].astype(float), test, truth


def storage(folder):
    """The layout of HRSS."""
    for path in sorted(Path(folder).glob("HRSS_anomalous_*.csv")):
        test, train = pd.read_csv(path), pd.read_csv(str(path).replace("_anomalous_", "_normal_"))
        yield path.name, train.iloc[:, 2:].to_numpy(float), test.iloc[:, 2:].to_numpy(float), test["Labels"].to_numpy(int)


SUITES = {"smd": machines, "asd": machines, "smap-msl": telemetry, "hrss": storage}


def scaled(train, test):
    spread = train.std(0)
    spread[spread < 1e-9] = 1
    return (train - train.mean(0)) / spread, (test - train.mean(0)) / spread


def forest(train, test):
    model = IsolationForest(100, random_state=0).fit(train)
    return lambda: -model.score_samples(test)


def kmeans(train, test, rows=20, clusters=10):
    train, test = scaled(train, test)
    windows = lambda x: np.lib.stride_tricks.sliding_window_view(x, rows, 0).reshape(len(x) - rows + 1, -1)
    model = KMeans(clusters, n_init=1, random_state=0).fit(windows(train))

    def score():
        sums = np.cumsum(np.r_[0, model.transform(windows(test)).min(1)])
        row = np.arange(len(test))
        first, last = np.clip(row - rows + 1, 0, len(sums) - 1), np.clip(row + 1, 0, len(sums) - 1)
        return (sums[last] - sums[first]) / np.maximum(last - first, 1)

    return score


def segments(truth):
    steps = np.diff(np.r_[0, truth, 0])
    return np.where(steps == 1)[0], np.where(steps == -1)[0] - 1


def period(values):
    values = values[:20000] - values[:20000].mean()
    spectrum = np.fft.rfft(values, 2 * len(values))
    lags = np.fft.irfft(spectrum * spectrum.conj())[3:401]
    peaks = [i for i in range(1, len(lags) - 1) if lags[i - 1] < lags[i] > lags[i + 1]]
    best = max(peaks, key=lambda i: lags[i], default=0)
    return best + 3 if 3 <= best <= 300 and values.std() > 0 else 125


def vus_pr(truth, scores, buffer, thresholds=250):
    starts, ends = segments(truth)
    rows = np.arange(len(truth))
    levels = -np.sort(-scores)[np.linspace(0, len(truth) - 1, thresholds).astype(int)]
    rank = np.searchsorted(-levels, -scores)
    total = lambda which, weights=None: np.cumsum(np.bincount(rank[which], weights, thresholds)[:thresholds])
    alarms, hits, positives = total(rows), total(truth > 0), truth.sum()
    before, after = np.searchsorted(starts, rows, "right") - 1, np.searchsorted(starts, rows)
    left = np.where(before >= 0, rows - ends[np.maximum(before, 0)], len(rows))
    right = np.where(after < len(starts), starts[np.minimum(after, len(starts) - 1)] - rows, len(rows))
    near = np.where((truth == 0) & (np.minimum(left, right) <= buffer // 2))[0]
    areas = []
    for width in range(buffer + 1):
        half, side = width // 2, lambda d: np.where(d <= width // 2, np.sqrt(np.maximum(1 - d / max(width, 1), 0)), 0)
        sloped = total(near, np.minimum(side(left[near]) + side(right[near]), 1)) if width > 1 else np.zeros(thresholds)
        wide = []
        for start, end in zip(np.maximum(starts - half, 0), np.minimum(ends + half, len(rows) - 1)):
            wide = wide[:-1] + [(wide[-1][0], end)] if wide and wide[-1][1] >= start else wide + [(start, end)]
        first = np.array([rank[a : b + 1].min() for a, b in wide])
        found, existence = hits + sloped, np.cumsum(np.bincount(first, None, thresholds)[:thresholds]) / len(wide)
        recall = np.minimum(found / (positives + sloped / 2), 1) * existence
        areas.append(np.sum(np.diff(np.r_[0, recall]) * found / np.maximum(alarms, 1)))
    return np.mean(areas)


def curve(truth, scores):
    order = np.argsort(-scores, kind="stable")
    ends = np.r_[np.diff(scores[order]) != 0, True]
    return np.cumsum(truth[order])[ends], np.arange(1, len(truth) + 1)[ends]


def main(suite, folder):
    for name, method in (("isolation_forest", forest), ("kmeans_windows", kmeans)):
        figures, train_s, score_s, rows = [], 0.0, 0.0, 0
        for _, train, test, truth in SUITES[suite](folder):
            start = time.perf_counter()
            score = method(train, test)
            train_s, start = train_s + time.perf_counter() - start, time.perf_counter()
            scores = score()
            score_s, rows = score_s + time.perf_counter() - start, rows + len(test)
            hits, alarms = curve(truth, scores)
            precision = np.sum(np.diff(np.r_[0, hits]) * hits / alarms) / truth.sum()
            f1 = (2 * hits / (alarms + truth.sum())).max()
            figures.append((vus_pr(truth, scores, period(test[:, 0])), f1, precision))
        vus, f1, precision = np.mean(figures, 0)
        cost = f"train {train_s:.2f} s, {score_s * 1e6 / rows:.2f} us/sample"
        print(f"{suite} {name}: vus_pr {vus:.3f} f1_best {f1:.3f} ap {precision:.3f}; {cost}")


main(sys.argv[1], sys.argv[2])
