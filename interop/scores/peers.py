"""Peers on the data of the suites smd, asd, smap-msl, hrss and genesis: scikit-learn's isolation forest and principal components, and k-means on
windows as TSB-AD's KMeansAD.

    cargo xtask bench smd --data DIR --json > smd.json
    OMP_NUM_THREADS=1 python interop/scores/peers.py smd DIR/smd smd.json     (numpy, pandas, scikit-learn; one core)

Same files, same training rows, same metrics as `cargo xtask bench`; the VUS-PR here is written apart from the program's, so that each checks
the other. Scores of windows are averaged over the windows that hold a row. With the program's report as a third argument each peer's times are
divided by ours: 5x is a peer that takes five times as long.
"""

import csv
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
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


def recordings(folder):
    """The layout of Genesis: one table, a column Label; learned from its first quarter."""
    for path in sorted(Path(folder).glob("*.csv")):
        table = pd.read_csv(path)
        if "Label" in table:
            rows = table.drop(columns=["Timestamp", "Label"]).to_numpy(float)
            yield path.name, rows[: len(rows) // 4], rows, (table["Label"] != 0).to_numpy(int)


SUITES = {"smd": machines, "asd": machines, "smap-msl": telemetry, "hrss": storage, "genesis": recordings}


def scaled(train, test):
    spread = train.std(0)
    spread[spread < 1e-9] = 1
    return (train - train.mean(0)) / spread, (test - train.mean(0)) / spread


def forest(train, test):
    model = IsolationForest(n_estimators=100, random_state=0).fit(train)
    return lambda: -model.score_samples(test)


def components(train, test):
    train, test = scaled(train, test)
    model = PCA(0.9).fit(train)
    return lambda: ((test - model.inverse_transform(model.transform(test))) ** 2).sum(1)


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


METHODS = {"isolation_forest": forest, "pca_error": components, "kmeans_windows": kmeans}


def figures(truth, scores, buffer):
    hits, alarms = curve(truth, scores)
    precision = np.sum(np.diff(np.r_[0, hits]) * hits / alarms) / truth.sum()
    return vus_pr(truth, scores, buffer), (2 * hits / (alarms + truth.sum())).max(), precision


def run(method, cases):
    """Metrics as means over the cases, seconds of training, microseconds a scored row."""
    all_figures, train_s, score_s, rows = [], 0.0, 0.0, 0
    for _, train, test, truth in cases:
        start = time.perf_counter()
        score = method(train, test)
        train_s, start = train_s + time.perf_counter() - start, time.perf_counter()
        scores = score()
        score_s, rows = score_s + time.perf_counter() - start, rows + len(test)
        all_figures.append(figures(truth, scores, period(test[:, 0])))
    return np.mean(all_figures, 0), train_s, score_s * 1e6 / rows


def main(suite, folder, report=None):
    cases = list(SUITES[suite](folder))
    if not cases:
        sys.exit(f"no labelled recording of {suite} was found in {folder}; the folder is that of the files themselves")
    ours = next((row for row in json.loads(Path(report).read_text())["rows"] if row["method"] == "gemba"), None) if report else None
    print("| method | vus_pr | f1_best | ap | train s | us/sample | train, score over ours |\n|---|---|---|---|---|---|---|")
    if ours:
        values = [ours["metrics"][name] for name in ("vus_pr", "f1_best", "ap")]
        print("| gemba | {:.3f} | {:.3f} | {:.3f} |".format(*values), f"{ours['train_s']:.2f} | {ours['score_us_per_sample']:.2f} | 1 |")
    for name, method in METHODS.items():
        if method is components and cases[0][2].shape[1] == 1:
            continue  # one signal has no relations
        values, train_s, score_us = run(method, cases)
        over = f"{train_s / ours['train_s']:.2g}x, {score_us / ours['score_us_per_sample']:.2g}x" if ours else ""
        print(f"| {name} | {values[0]:.3f} | {values[1]:.3f} | {values[2]:.3f} | {train_s:.2f} | {score_us:.2f} | {over} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:4])
