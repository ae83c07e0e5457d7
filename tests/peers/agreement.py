"""Agreement coefficients against krippendorff, scikit-learn and statsmodels on random tables with missing votes.

    python tests/peers/agreement.py [TABLES]

Prints the largest difference per coefficient and fails above 1e-9. Fleiss' kappa is compared with statsmodels on
complete tables, and on tables with gaps with Gwet's generalisation written out here in numpy.
"""

import json
import math
import subprocess
import sys
import warnings

import krippendorff
import numpy as np
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from protocol import ROOT

TABLES = int(sys.argv[1]) if len(sys.argv) > 1 else 200
TOLERANCE = 1e-9
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


def ours(all_tables):
    document = [
        {"ranks": ranks, "rows": [[None if math.isnan(v) else int(v) for v in row] for row in ratings]}
        for ranks, ratings in all_tables
    ]
    command = ["cargo", "run", "--quiet", "-p", "orthoscope-project", "--example", "agreement"]
    done = subprocess.run(command, input=json.dumps(document), capture_output=True, text=True, check=True, cwd=ROOT)
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


def gwet_fleiss(ratings, classes):
    counts = np.array([[np.sum(row == c) for c in range(classes)] for row in ratings], float)
    n = counts.sum(1)
    counts, n = counts[n > 1], n[n > 1]
    if not len(n):
        return None
    observed = np.mean((counts * (counts - 1)).sum(1) / (n * (n - 1)))
    chance = np.sum(np.mean(counts / n[:, None], axis=0) ** 2)
    return None if math.isclose(chance, 1.0, abs_tol=1e-12) else (observed - chance) / (1 - chance)


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
    for (ranks, ratings), mine in zip(everything, ours(everything), strict=True):
        values = np.where(np.isnan(ratings), math.nan, np.take(ranks, np.nan_to_num(ratings).astype(int)))
        for level in ("nominal", "ordinal", "interval", "ratio"):
            check(f"alpha {level}", mine["krippendorff_alpha"][level], peer_alpha(values, level))
        check("percent", mine["percent"], percent(ratings))
        check("fleiss (gaps)", mine["fleiss_kappa"], gwet_fleiss(ratings, len(ranks)))
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
    for name in sorted(worst):
        print(f"{name:18} {compared[name]:6} values  largest difference {worst[name]:.1e}")
    print(f"{len(everything)} tables, {undefined} coefficients undefined on both sides")
    if max(worst.values()) > TOLERANCE:
        sys.exit("differs from the peers")


if __name__ == "__main__":
    main()
