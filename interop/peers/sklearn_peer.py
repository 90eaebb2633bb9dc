"""scikit-learn as a peer of `cargo xtask bench`: fits and scores the very matrices that Gemba is given, in the same run, on one thread.

    GEMBA_PEERS_PYTHON=/path/to/python cargo xtask bench smd --data DIR     (a Python with scikit-learn)

The program starts this script once and writes a question a line: {"method": "pca", "folder": "/tmp/x", "tests": 2}. The folder holds train.npy,
test0.npy … and, where there is something to predict, labels.npy. Answered are the files said0.npy … and a line {"train_s": 0.1, "score_s":
[0.2, 0.1], "peak_mb": 90.0} or {"error": "why"}. Times are of fitting and of scoring alone, without reading and writing the files. Every method is used as
scikit-learn ships it, with a seed; what differs from that stands beside it.
"""

import json
import sys
import time
import warnings
from pathlib import Path


class Filled:
    """Medians of the rows to learn from in the place of what is missing."""

    def __init__(self, train):
        with np.errstate(all="ignore"):
            medians = np.nanmedian(np.where(np.isfinite(train), train, np.nan), 0)
        self.medians = np.where(np.isfinite(medians), medians, 0)

    def __call__(self, rows):
        return np.where(np.isfinite(rows), rows, self.medians)


class Scaled(Filled):
    """Mean 0 and spread 1, after that."""

    def __init__(self, train):
        super().__init__(train)
        filled = super().__call__(train)
        self.centre, spread = filled.mean(0), filled.std(0)
        self.spread = np.where(spread < 1e-9, 1, spread)

    def __call__(self, rows):
        return (super().__call__(rows) - self.centre) / self.spread


def isolation_forest(train):
    fill = Filled(train)
    model = IsolationForest(random_state=0).fit(fill(train))
    return lambda rows: -model.score_samples(fill(rows))


def pca(train):
    """The squared error of the row's reconstruction from the components that hold 90 % of the variance."""
    scale = Scaled(train)
    model = PCA(0.9).fit(scale(train))
    return lambda rows: ((scale(rows) - model.inverse_transform(model.transform(scale(rows)))) ** 2).sum(1)


def narrow(train):
    """Half as many neurons as columns, a quarter, a half; a tenth of the rows says when to stop."""
    width = train.shape[1]
    layers = [max(width // part, 2) for part in (2, 4, 2)]
    model = MLPRegressor(hidden_layer_sizes=layers, early_stopping=True, max_iter=100, random_state=0)
    return model.fit(train, train if width > 1 else train[:, 0])


def autoencoder(train):
    """The squared error of what a narrow network makes of a row that it was fitted to reproduce."""
    scale = Scaled(train)
    model = narrow(scale(train))
    return lambda rows: ((scale(rows) - model.predict(scale(rows)).reshape(rows.shape)) ** 2).sum(1)


WINDOW = 20


def windows(rows):
    """Each stretch of 20 rows as one row."""
    return np.lib.stride_tricks.sliding_window_view(rows, WINDOW, 0).reshape(len(rows) - WINDOW + 1, -1)


def spread(scores, count):
    """Each row has the mean score of the windows that hold it."""
    sums, row = np.cumsum(np.r_[0, scores]), np.arange(count)
    first, last = np.clip(row - WINDOW + 1, 0, len(scores)), np.clip(row + 1, 0, len(scores))
    return (sums[last] - sums[first]) / np.maximum(last - first, 1)


def kmeans_windows(train):
    """As TSB-AD's KMeansAD: the distance of a window to the nearest of ten centres."""
    scale = Scaled(train)
    model = KMeans(10, n_init=1, random_state=0).fit(windows(scale(train)))
    return lambda rows: spread(model.transform(windows(scale(rows))).min(1), len(rows))


def autoencoder_windows(train):
    scale = Scaled(train)
    model = narrow(windows(scale(train)))
    error = lambda seen: ((seen - model.predict(seen)) ** 2).sum(1)
    return lambda rows: spread(error(windows(scale(rows))), len(rows))


def classifier(make):
    def fit(train, labels):
        model = make().fit(train, labels.astype(int))
        return model.predict_proba

    return fit


def regressor(make):
    def fit(train, labels):
        return make().fit(train, labels).predict

    return fit


def methods():
    detect = [isolation_forest, pca, autoencoder, kmeans_windows, autoencoder_windows]
    found = {method.__name__: method for method in detect}
    for name, model in {
        # no rows put aside to say when to stop: all learn from the same rows
        "hist_gradient_boosting": lambda of: getattr(ensemble, "HistGradientBoosting" + of)(early_stopping=False, random_state=0),
        "random_forest": lambda of: getattr(ensemble, "RandomForest" + of)(random_state=0),
        "extra_trees": lambda of: getattr(ensemble, "ExtraTrees" + of)(random_state=0),
    }.items():
        found["classify_" + name] = classifier(lambda model=model: model("Classifier"))
        found["regress_" + name] = regressor(lambda model=model: model("Regressor"))
    return found


def peak_mb():
    """The most memory held since it was last asked, MiB; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text()
        Path("/proc/self/clear_refs").write_text("5")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError, ValueError):
        return 0.0


def answer(methods, ask):
    folder = Path(ask["folder"])
    train = np.load(folder / "train.npy")
    labels = [np.load(folder / "labels.npy")] if (folder / "labels.npy").exists() else []
    tests = [np.load(folder / f"test{i}.npy") for i in range(ask["tests"])]
    start = time.perf_counter()
    score = methods[ask["method"]](train, *labels)
    train_s, score_s = time.perf_counter() - start, []
    for i, test in enumerate(tests):
        start = time.perf_counter()
        said = score(test)
        score_s.append(time.perf_counter() - start)
        np.save(folder / f"said{i}.npy", np.ascontiguousarray(said, dtype=np.float64))
    return {"train_s": train_s, "score_s": score_s, "peak_mb": peak_mb()}


def main():
    known = methods()
    print(json.dumps({"ready": f"scikit-learn {sklearn.__version__}"}), flush=True)
    for line in sys.stdin:
        try:
            said = answer(known, json.loads(line))
        except Exception as error:  # whatever it is, the program is told and goes on
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), flush=True)


try:
    import numpy as np
    import sklearn
    from sklearn import ensemble
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.ensemble import IsolationForest
    from sklearn.neural_network import MLPRegressor
except ImportError as error:
    print(json.dumps({"error": f"{error}; install scikit-learn for it"}), flush=True)
    sys.exit(0)

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
