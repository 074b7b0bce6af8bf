"""XGBoost (hist) on the vectors that the network gets, tuned by rolling origin inside the training part.

Usage: xgboost-fit.py MATRIX_FOLDER OUTPUT_FOLDER [--trees N --depth N]

MATRIX_FOLDER holds what bench/quality-matrix.ts wrote. With --trees and --depth nothing is tuned: one fit on all rows is timed.
Writes probabilities of the tested rows (float64) to OUTPUT_FOLDER/probabilities and prints one JSON document.
"""

import argparse
import json
import os
import resource
import time

import numpy as np
import xgboost as xgb

THREADS = 2
TRAIN_SHARE = 0.7
# Validation slices inside the training part, as shares of it: the later two of the network's own folds.
SLICES = ((0.6, 0.85), (0.85, 1.0))
MOST_TREES = 300
PATIENCE = 20
FIXED = {
    "objective": "binary:logistic",
    "eval_metric": "logloss",
    "tree_method": "hist",
    "subsample": 0.8,
    "colsample_bytree": 0.5,
    "nthread": THREADS,
    "seed": 1,
}
CANDIDATES = [
    {"max_depth": 2, "eta": 0.1, "min_child_weight": 5, "lambda": 1},
    {"max_depth": 4, "eta": 0.1, "min_child_weight": 5, "lambda": 1},
    {"max_depth": 6, "eta": 0.1, "min_child_weight": 5, "lambda": 1},
    {"max_depth": 4, "eta": 0.05, "min_child_weight": 50, "lambda": 20},
]


def read(folder):
    with open(os.path.join(folder, "matrix.json"), encoding="utf8") as file:
        description = json.load(file)

    def array(name, kind):
        return np.fromfile(os.path.join(folder, name), dtype=kind)

    values = array("values", np.float32).reshape(description["rows"], -1)
    # Unknown everywhere is as good as left out, without a copy of the rest.
    values[:, np.setdiff1d(np.arange(values.shape[1]), description["inputs"])] = np.nan
    return (
        values,
        array("labels", np.uint8),
        array("decidedAt", np.float64),
        array("labelKnownAt", np.float64),
    )


def matrix(values, labels, rows):
    return xgb.DMatrix(values[rows], label=labels[rows], nthread=THREADS)


def tune(values, labels, decided, known, rows):
    """The candidate and its number of trees with the least log loss over the slices; only labels known at a slice's start train."""
    losses = []
    trees = []
    for candidate in CANDIDATES:
        curves = []
        for start, end in SLICES:
            later = rows[int(start * len(rows)) : int(end * len(rows))]
            earlier = rows[(rows < later[0]) & (known[rows] < decided[later[0]])]
            curve = {}
            xgb.train(
                FIXED | candidate,
                matrix(values, labels, earlier),
                MOST_TREES,
                evals=[(matrix(values, labels, later), "later")],
                early_stopping_rounds=PATIENCE,
                evals_result=curve,
                verbose_eval=False,
            )
            curves.append((len(later), curve["later"]["logloss"]))
        length = min(len(curve) for _, curve in curves)
        mean = sum(n * np.array(curve[:length]) for n, curve in curves) / sum(n for n, _ in curves)
        losses.append(float(mean.min()))
        trees.append(int(mean.argmin()) + 1)
    best = int(np.argmin(losses))
    return CANDIDATES[best], trees[best]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("matrix")
    parser.add_argument("output")
    parser.add_argument("--trees", type=int)
    parser.add_argument("--depth", type=int)
    options = parser.parse_args()
    values, labels, decided, known = read(options.matrix)
    result = {"version": xgb.__version__, "threads": THREADS}
    if options.trees is not None:
        rows = np.arange(len(labels))
        chosen, trees = {"max_depth": options.depth, "eta": 0.05}, options.trees
        split = len(labels)
    else:
        split = int(TRAIN_SHARE * len(labels))
        rows = np.flatnonzero(known[:split] < decided[split])
        started = time.perf_counter()
        chosen, trees = tune(values, labels, decided, known, rows)
        result["tune_seconds"] = time.perf_counter() - started
    started, processor = time.perf_counter(), time.process_time()
    model = xgb.train(FIXED | chosen, matrix(values, labels, rows), trees)
    result["train_seconds"] = time.perf_counter() - started
    result["train_processor_seconds"] = time.process_time() - processor
    result["peak_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    result["parameters"] = chosen | {"trees": trees}
    if split < len(labels):
        predicted = model.predict(xgb.DMatrix(values[split:], nthread=THREADS))
        os.makedirs(options.output, exist_ok=True)
        predicted.astype(np.float64).tofile(os.path.join(options.output, "probabilities"))
    print(json.dumps(result))


main()
