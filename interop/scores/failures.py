"""A peer on the data of the suite ai4i: scikit-learn's HistGradientBoostingClassifier on the same stretches, columns and size of trees.

    cargo xtask bench ai4i --data DIR --json > ai4i.json
    OMP_NUM_THREADS=1 python interop/scores/failures.py DIR/ai4i2020/ai4i2020.csv ai4i.json     (numpy, pandas, scikit-learn; one core)

Five stretches of the file, each judged by a model of the other four; the threshold of F1 is the best one on training stretches judged by
models of the rest of them. It is one model of all failures, so that it stands against the row `gemba_one_model`.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve

FOLDS = 5
NUMBERS = ["Air temperature [K]", "Process temperature [K]", "Rotational speed [rpm]", "Torque [Nm]", "Tool wear [min]"]


def table(path):
    rows = pd.read_csv(path, sep="\t")
    air, process, speed, torque, wear = (rows[name].to_numpy(float) for name in NUMBERS)
    kind = rows["Type"].map({"L": 0, "M": 1, "H": 2}).to_numpy(float)
    physics = [process - air, speed * 2 * np.pi / 60 * torque, wear * torque]
    return np.column_stack([kind, air, process, speed, torque, wear, *physics]), rows["Machine failure"].to_numpy(int)


def out_of_fold(x, y, folds):
    scores = np.zeros(len(y))
    for fold in np.unique(folds):
        model = HistGradientBoostingClassifier(
            max_iter=200, learning_rate=0.05, max_leaf_nodes=16, max_depth=8, min_samples_leaf=5, l2_regularization=1.0, random_state=0
        ).fit(x[folds != fold], y[folds != fold])
        scores[folds == fold] = model.predict_proba(x[folds == fold])[:, 1]
    return scores


def best_threshold(y, scores):
    precision, recall, thresholds = precision_recall_curve(y, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return thresholds[f1[:-1].argmax()]


def main(path, report=None):
    x, y = table(path)
    folds = np.arange(len(y)) * FOLDS // len(y)
    start = time.perf_counter()
    scores = out_of_fold(x, y, folds)
    said = np.zeros(len(y), bool)
    for fold in range(FOLDS):
        others = folds != fold
        said[~others] = scores[~others] >= best_threshold(y[others], out_of_fold(x[others], y[others], folds[others]))
    took = time.perf_counter() - start
    print(f"hist_gradient_boosting: ap {average_precision_score(y, scores):.3f} f1 {f1_score(y, said):.3f} {took:.2f} s")
    for row in json.loads(Path(report).read_text())["rows"] if report else []:
        if row["method"] in ("gemba", "gemba_one_model"):
            ours = row["train_s"]
            print(f"{row['method']}: ap {row['metrics']['ap']:.3f} f1 {row['metrics']['f1']:.3f} {ours:.2f} s; the peer takes {took / ours:.2g}x")


if __name__ == "__main__":
    main(*sys.argv[1:3])
