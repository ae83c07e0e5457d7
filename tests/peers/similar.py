"""Components, neighbours, outliers and maps beside scikit-learn and umap-learn: `similar.py EXAMPLE [ROWS]`.

EXAMPLE is `similar_peer` of `app/similar`, ROWS how many places (20,000). The same numbers go through both in one run: the
results are compared first, then the times. The map cannot be equal, it is drawn by chance: compared is its trustworthiness (how
many of a place's neighbours on the map are neighbours in the numbers, scikit-learn's).
"""

import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors

warnings.filterwarnings("ignore")
COLUMNS, NEIGHBOURS = 64, 20


def places(rows, seed=5):
    """Thirty groups on curved sheets, and some that belong to none."""
    dice = numpy.random.default_rng(seed)
    group = dice.integers(0, 30, rows)
    middles = dice.normal(0, 2.0, (30, COLUMNS))
    sheets = dice.normal(0, 1.0, (30, 3, COLUMNS))
    inner = dice.normal(0, 1, (rows, 2))
    bent = numpy.concatenate([inner, inner[:, :1] ** 2], 1)
    values = middles[group] + numpy.einsum("nk,nkc->nc", bent, sheets[group]) + dice.normal(0, 0.4, (rows, COLUMNS))
    alone = dice.random(rows) < 0.005
    values[alone] += dice.normal(0, 4, (alone.sum(), COLUMNS))
    return values.astype("<f4")


def timed(what):
    began = time.perf_counter()
    result = what()
    return result, time.perf_counter() - began


def main():
    example, rows = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    table = places(rows)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        (Path(folder) / "table.f32").write_bytes(table.tobytes())
        subprocess.run([example, f"{folder}/table.f32", str(COLUMNS), str(NEIGHBOURS), out], check=True)
        ours = lambda name, shape, kind="<f4": numpy.frombuffer(Path(f"{out}.{name}").read_bytes(), kind).reshape(shape)
        near, distances = ours("places", (rows, -1), "<u4"), ours("distances", (rows, -1))
        outliers, flat = ours("outliers", -1), ours("map", (rows, 2))
        axes, scores, variances = ours("axes", (2, -1)), ours("scores", (rows, 2)), ours("variances", -1)
        times = {k: float(v) for k, v in (line.split() for line in Path(f"{out}.times").read_text().splitlines())}

    print(f"{rows} × {COLUMNS}, {NEIGHBOURS} neighbours")
    pca, taken = timed(lambda: PCA(2, svd_solver="covariance_eigh").fit(table.astype(float)))
    sign = numpy.sign((pca.components_ * axes).sum(1))
    print(f"components: axes {abs(pca.components_ * sign[:, None] - axes).max():.1e}, "
          f"variances {abs(pca.explained_variance_ / variances - 1).max():.1e}, "
          f"scores {abs(pca.transform(table) * sign - scores).max():.1e}; ratio of times {taken / times['components']:.2f}")

    brute = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute", n_jobs=-1).fit(table)
    (far, who), taken = timed(lambda: brute.kneighbors())
    print(f"neighbours: distances {abs(far - distances).max():.1e}, alike {(who == near).mean():.6f}; "
          f"ratio of times {taken / times['neighbours']:.2f}")
    lof, taken = timed(lambda: LocalOutlierFactor(n_neighbors=NEIGHBOURS, algorithm="brute", n_jobs=-1).fit(table))
    print(f"outliers: factors {abs(-lof.negative_outlier_factor_ / outliers - 1).max():.1e}; "
          f"ratio of times, with neighbours, {taken / (times['neighbours'] + times['outliers']):.2f}")

    import umap
    settings = {"n_neighbors": 15, "min_dist": 0.1, "random_state": 0, "init": "pca"}
    umap.UMAP(**settings).fit(table[:500])  # compiles
    theirs, taken = timed(lambda: umap.UMAP(**settings).fit_transform(table))
    some = numpy.random.default_rng(1).choice(rows, min(rows, 3_000), replace=False)
    trust = lambda points: trustworthiness(table[some], points[some], n_neighbors=12)
    print(f"map: trustworthiness {trust(flat):.4f}, umap-learn {trust(theirs):.4f}, "
          f"two components {trust(scores):.4f}; "
          f"ratio of times, with neighbours, {taken / (times['neighbours'] + times['map']):.2f}")


if __name__ == "__main__":
    main()
