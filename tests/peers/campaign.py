"""A simulated labelling campaign: nine annotators with known habits on the true damage of three synthetic towns.

    python tests/peers/campaign.py [SEED …]

Prints how much of the truth each way of fusing finds, here and in crowd-kit on the same votes, and how far each member's
reliability is off. (crowd-kit's GLAD takes minutes on as many and is left out.) Fails where Dawid-Skene does not beat the majority, or where crowd-kit is better by more than 1 %.
"""

import json
import os
import subprocess
import sys

import pandas as pd
from crowdkit.aggregation import MACE, DawidSkene, MajorityVote

from protocol import ROOT

# A tie goes to the first class in crowd-kit, and is drawn here.
PEERS = {
    "majority": MajorityVote,
    "dawid-skene": lambda: DawidSkene(n_iter=200),
    "mace": MACE,
}


def campaign(seed):
    command = ["cargo", "run", "--quiet", "-p", "orthoscope-scenes", "--example", "campaign", "--", str(seed)]
    if "CAMPAIGN" in os.environ:
        command = [os.environ["CAMPAIGN"], str(seed)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)


def main():
    seeds = [int(seed) for seed in sys.argv[1:]] or [7, 17, 27]
    bad = []
    for seed in seeds:
        told = campaign(seed)
        alpha = told["alpha_nominal"]
        print(f"seed {seed}: {told['buildings']} buildings, {told['votes']} votes, alpha nominal {alpha:.3f}")
        cells = [(i, rater, said) for i, case in enumerate(told["cases"]) for rater, said in case]
        data = pd.DataFrame(cells, columns=["task", "worker", "label"]).sort_values(["label", "worker", "task"])
        truth = pd.Series(told["truth"])
        for method, mine in told["methods"].items():
            theirs = None
            if method in PEERS:
                labels = PEERS[method]().fit_predict(data)
                theirs = float((labels == truth.reindex(labels.index)).mean())
            beside = "" if theirs is None else f"  crowd-kit {100 * theirs:5.1f} %"
            print(
                f"  {method:12} {100 * mine['accuracy']:5.1f} % right{beside:20}  reliability off by "
                f"{mine['reliability_mean_error']:.3f} on average, {mine['reliability_worst_error']:.3f} at most"
            )
            if theirs is not None and theirs > mine["accuracy"] + 0.01:
                bad.append(f"seed {seed}: crowd-kit's {method} is better")
        if told["methods"]["dawid-skene"]["accuracy"] <= told["methods"]["majority"]["accuracy"]:
            bad.append(f"seed {seed}: Dawid-Skene does not beat the majority")
    if bad:
        sys.exit("\n".join(bad))


if __name__ == "__main__":
    main()
