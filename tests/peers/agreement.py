"""Agreement and fusion against krippendorff, scikit-learn, statsmodels, irrCAC and crowd-kit on random tables with
missing votes.

    python tests/peers/agreement.py [TABLES]

Prints the largest difference per number and fails above 1e-6. What each is compared with:

- Krippendorff's alpha, four metrics: krippendorff. Cohen's kappa: scikit-learn. Fleiss' kappa: statsmodels on complete
  tables, irrCAC on all. Gwet's AC1 and AC2: irrCAC.
- Majority, weighted majority, Dawid-Skene: crowd-kit's posteriors after the same number of rounds (and its skills).
- MACE: crowd-kit's posteriors from the same start after the same number of rounds.
- GLAD: crowd-kit climbs with another optimiser, so our end is put into it: its E step must give our posteriors, and its
  gradient there must be 0.
"""

import json
import math
import os
import subprocess
import sys
import warnings

import krippendorff
import numpy as np
import pandas as pd
from crowdkit.aggregation import GLAD, MACE, DawidSkene, MajorityVote, Wawa
from irrCAC.raw import CAC
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from protocol import ROOT

TABLES = int(sys.argv[1]) if len(sys.argv) > 1 else 200
TOLERANCE = 1e-6
ROUNDS = 12
G = None
GOLDEN = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, G, G, G],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, G, 3],
    [G, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, G],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, G],
]


def tables():
    """The textbook table, then random ones: 2 to 7 members, 2 to 6 classes, 0 to 60 % missing."""
    yield [float(rank) for rank in range(1, 6)], np.array(
        [[math.nan if v is None else v - 1 for v in row] for row in GOLDEN]
    ).T
    rng = np.random.default_rng(5)
    for n in range(TABLES):
        members, classes = int(rng.integers(2, 8)), int(rng.integers(2, 7))
        cases = int(rng.integers(3, 60))
        truth = rng.integers(0, classes, cases)
        noise = rng.integers(0, classes, (cases, members))
        ratings = np.where(rng.random((cases, members)) < rng.uniform(0, 0.9), noise, truth[:, None]).astype(float)
        if n % 3:
            ratings[rng.random((cases, members)) < rng.uniform(0, 0.6)] = math.nan
        ranks = np.cumsum(rng.integers(1, 4, classes)).astype(float) - 1
        yield ranks.tolist(), ratings


def task(ranks, ratings):
    starts = np.random.default_rng(int(np.nansum(ratings)) + 1)
    used = len(np.unique(ratings[~np.isnan(ratings)]))
    start = [starts.uniform(1, 2.5, (ratings.shape[1], width)) for width in (2, used)]
    start = [(side / side.sum(1, keepdims=True)).tolist() for side in start]
    return {
        "ranks": ranks,
        "rows": [[None if math.isnan(v) else int(v) for v in row] for row in ratings],
        "fuse": [
            {"method": "majority"},
            {"method": "weighted"},
            {"method": "dawid-skene", "rounds": ROUNDS},
            {"method": "mace", "rounds": ROUNDS, "start": start},
            {"method": "glad", "rounds": 3000},
        ],
    }


def ours(tasks):
    command = ["cargo", "run", "--quiet", "-p", "orthoscope-agreement", "--example", "tables"]
    command = [os.environ["AGREEMENT_TABLES"]] if "AGREEMENT_TABLES" in os.environ else command
    done = subprocess.run(command, input=json.dumps(tasks), capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout)


def defined(value):
    return None if value is None or math.isnan(value) else float(value)


def peer_alpha(values, level):
    try:
        return defined(krippendorff.alpha(reliability_data=values.T, level_of_measurement=level))
    except (ValueError, AssertionError):
        return None  # fewer than two values, or nothing to compare


def peer_kappas(a, b, ranks):
    both = ~np.isnan(a) & ~np.isnan(b)
    a, b = a[both].astype(int), b[both].astype(int)
    if not len(a):
        return None
    seen = sorted(set(a) | set(b))
    if len(seen) < 2:
        return {"kappa": None, "linear": None, "quadratic": None, "n": len(a)}
    # scikit-learn weighs by position among the labels: one label per unit of rank makes it weigh by rank.
    scale = list(range(int(max(ranks)) + 1))
    ra, rb = (np.array([int(ranks[v]) for v in side]) for side in (a, b))
    return {
        "kappa": defined(cohen_kappa_score(a, b)),
        "linear": defined(cohen_kappa_score(ra, rb, weights="linear", labels=scale)),
        "quadratic": defined(cohen_kappa_score(ra, rb, weights="quadratic", labels=scale)),
        "n": len(a),
    }


def chance_corrected(values, weights):
    """Fleiss and Gwet of irrCAC; None where it divides by nothing."""
    categories = sorted(np.unique(values[~np.isnan(values)]).tolist())
    pairable = (~np.isnan(values)).sum(1).max(initial=0) >= 2
    if len(categories) < 2 or not pairable:
        return None
    table = pd.DataFrame(values[~np.isnan(values).all(1)])
    return CAC(table, weights=weights, categories=categories, digits=15)


def fused(told, ratings, start):
    """Each fusion beside crowd-kit's: (name, ours, theirs), by case, rater or gradient."""
    cells = [(f"t{i:04}", f"w{j:03}", int(v)) for i, row in enumerate(ratings) for j, v in enumerate(row) if v == v]
    data = pd.DataFrame(cells, columns=["task", "worker", "label"])
    by = {one["method"]: one for one in told}
    used = by["majority"]["used"]
    tasks, workers = sorted(data.task.unique()), sorted(data.worker.unique())
    rows = [int(name[1:]) for name in tasks]
    columns = [int(name[1:]) for name in workers]

    def posteriors(method):
        return np.array(by[method]["posteriors"])[rows]

    def theirs(frame):
        return frame.reindex(index=tasks, columns=used).fillna(0.0).to_numpy(float)

    yield "majority", posteriors("majority"), theirs(MajorityVote().fit_predict_proba(data))
    # crowd-kit breaks ties in the plain majority at random, so weights are compared where there are none.
    plain = posteriors("majority")
    if all((row >= row.max() - 1e-12).sum() == 1 for row in plain):
        peer = Wawa().fit(data)
        skills = peer.skills_.reindex(workers).to_numpy(float)
        yield "weighted: skills", np.array(by["weighted"]["parameter"], object)[columns].astype(float), skills
        if (skills > 0).all():
            yield "weighted", posteriors("weighted"), theirs(MajorityVote().fit(data, skills=peer.skills_).probas_)
    peer = DawidSkene(n_iter=ROUNDS, tol=-math.inf).fit(data)
    yield "dawid-skene", posteriors("dawid-skene"), theirs(peer.probas_)
    if len(used) < 2:
        return
    confusion = np.array(by["dawid-skene"]["confusion"])[columns]
    for place, worker in enumerate(workers):
        matrix = peer.errors_.loc[worker].reindex(index=used, columns=used).fillna(0.0).to_numpy(float).T
        yield "dawid-skene: errors", confusion[place].reshape(len(used), len(used)), matrix
    yield "mace", posteriors("mace"), mace(cells, used, columns, start)
    yield from glad(data, by["glad"], posteriors("glad"), tasks, workers, used, columns)


def mace(cells, used, columns, start):
    """crowd-kit mixes up names unless each appears in sorted order: rows by label, then names by appearance."""
    ordered = sorted(cells, key=lambda cell: (cell[2], cell[1], cell[0]))
    names = {}
    for _, worker, _ in ordered:
        names.setdefault(worker, f"{len(names):04}")
    frame = pd.DataFrame([(t, names[w], label) for t, w, label in ordered], columns=["task", "worker", "label"])
    order = [int(worker[1:]) for worker in names]

    class Started(MACE):
        def _initialize(self, n_workers, n_labels):
            super()._initialize(n_workers, n_labels)
            self.spamming_ = np.array(start[0])[order]
            self.thetas_ = np.array(start[1])[order]

    peer = Started(n_restarts=1, n_iter=ROUNDS).fit(frame)
    return peer.probas_.sort_index().reindex(columns=used).to_numpy(float)


def glad(data, told, posteriors, tasks, workers, used, columns):
    peer = GLAD()
    peer._init(data)
    alphas = pd.Series(np.array(told["parameter"], object)[columns].astype(float), index=workers)
    ease = ease_of(data, posteriors, alphas, tasks, used)
    peer.alphas_, peer.betas_ = alphas, ease
    joined = peer._join_all(data, alphas, ease, peer.priors_)
    joined = peer._e_step(joined)
    yield "glad", posteriors, peer.probas_.reindex(index=tasks, columns=used).to_numpy(float)
    slopes, _ = peer._gradient_Q(joined)
    yield "glad: slope of abilities", np.zeros(len(workers)), slopes.reindex(workers).to_numpy(float)


def ease_of(data, posteriors, alphas, tasks, used):
    """The ease of each case at our abilities and posteriors: one number a case, found by bisection of its slope."""
    place = {label: i for i, label in enumerate(used)}
    found = []
    for row, (_, votes) in zip(posteriors, data.sort_values("task").groupby("task"), strict=True):
        right = np.array([row[place[label]] for label in votes.label])
        ability = alphas.reindex(votes.worker).to_numpy(float)

        def value(beta):
            x = ability * math.exp(beta)
            return float(-(right * np.logaddexp(0, -x) + (1 - right) * np.logaddexp(0, x)).sum() - (beta - 1) ** 2 / 2)

        def slope(beta):
            x = ability * math.exp(beta)
            return float(((right - 1 / (1 + np.exp(-x))) * x).sum() - (beta - 1))

        grid = np.linspace(-8, 8, 321)
        best = grid[np.argmax([value(b) for b in grid])]
        low, high = best - 0.06, best + 0.06
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if slope(middle) > 0 else (low, middle)
        found.append((low + high) / 2)
    return pd.Series(found, index=tasks)


def percent(ratings):
    equal = pairs = 0
    for row in ratings:
        given = row[~np.isnan(row)]
        for i in range(len(given)):
            for j in range(i):
                equal, pairs = equal + (given[i] == given[j]), pairs + 1
    return 100.0 * equal / pairs if pairs else None


def main():
    warnings.simplefilter("ignore")
    worst, compared, undefined = {}, {}, 0

    def check(name, mine, theirs):
        nonlocal undefined
        if (mine is None) != (theirs is None):
            sys.exit(f"{name}: ours {mine}, theirs {theirs}")
        undefined += mine is None
        difference = 0.0 if mine is None else abs(mine - theirs)
        worst[name] = max(worst.get(name, 0.0), difference)
        compared[name] = compared.get(name, 0) + (mine is not None)

    everything = list(tables())
    tasks = [task(ranks, ratings) for ranks, ratings in everything]
    for (ranks, ratings), asked, told in zip(everything, tasks, ours(tasks), strict=True):
        mine = told["agreement"]
        values = np.where(np.isnan(ratings), math.nan, np.take(ranks, np.nan_to_num(ratings).astype(int)))
        for level in ("nominal", "ordinal", "interval", "ratio"):
            check(f"alpha {level}", mine["krippendorff_alpha"][level], peer_alpha(values, level))
        check("percent", mine["percent"], percent(ratings))
        for weights in ("identity", "linear", "quadratic", "ordinal"):
            peer = chance_corrected(values, weights)
            key = "ac1" if weights == "identity" else f"ac2_{weights}"
            check(f"gwet {key}", mine["gwet"][key], peer and float(peer.gwet()["est"]["coefficient_value"]))
            if weights == "identity":
                check("fleiss (gaps)", mine["fleiss_kappa"], peer and float(peer.fleiss()["est"]["coefficient_value"]))
        if not np.isnan(ratings).any() and len(np.unique(ratings)) > 1:
            table, _ = aggregate_raters(ratings.astype(int))
            check("fleiss (complete)", mine["fleiss_kappa"], defined(fleiss_kappa(table)))
        pairs = {(p["a"], p["b"]): p for p in mine["cohen_kappa"]}
        for a in range(ratings.shape[1]):
            for b in range(a + 1, ratings.shape[1]):
                theirs, pair = peer_kappas(ratings[:, a], ratings[:, b], ranks), pairs.pop((f"{a:03}", f"{b:03}"), None)
                if (theirs is None) != (pair is None):
                    sys.exit(f"pair {a},{b}: ours {pair}, theirs {theirs}")
                for key in theirs or ():
                    check(f"cohen {key}", pair[key], theirs[key])
        assert not pairs, pairs
        for name, left, right in fused(told["fused"], ratings, asked["fuse"][3]["start"]):
            assert left.shape == right.shape, (name, left.shape, right.shape)
            check(name, 0.0, float(np.abs(left - right).max(initial=0.0)))
            compared[name] += left.size - 1
    for name in sorted(worst):
        print(f"{name:26} {compared[name]:6} values  largest difference {worst[name]:.1e}")
    print(f"{len(everything)} tables, {undefined} coefficients undefined on both sides")
    if max(worst.values()) > TOLERANCE:
        sys.exit("differs from the peers")


if __name__ == "__main__":
    main()
