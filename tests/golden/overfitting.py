"""Prints the values that tests/cpp/study/overfitting_test.cpp compares with: those of ffn 1.4.1 and arch 8.0.0.

pip install ffn==1.4.1 arch==8.0.0
python tests/golden/overfitting.py
"""

import numpy as np
import pandas as pd
from arch.bootstrap import SPA
from ffn.core import calc_prob_backtest_overfitting

MASK = (1 << 64) - 1


class Random:
    """SplitMix64, as src/study/random.hpp."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def uniform(self):
        return (self.next() >> 11) * 2.0**-53


def returns(bars, trials, seed, skill):
    """Noise of a uniform distribution with a memory of one bar; trial k has a drift of skill * k."""
    random = Random(seed)
    table = np.zeros((bars, trials))
    for k in range(trials):
        last = 0.0
        for t in range(bars):
            last = 0.3 * last + (random.uniform() - 0.5) * 0.02
            table[t, k] = last + skill * k
    return table


def draws(bars, count, seed):
    random = Random(seed)
    for _ in range(count):
        indices = []
        while len(indices) < bars:
            start, length = random.next() % bars, 1 + random.next() % 19
            length = min(length, bars - len(indices))
            indices += [(start + i) % bars for i in range(length)]
        yield np.array(indices)


class GivenDraws:
    def __init__(self, data, seed):
        self.data, self.seed = data, seed

    def bootstrap(self, reps):
        for indices in draws(len(self.data), reps, self.seed):
            yield (self.data[indices],), {}


for bars, trials, blocks, skill in [(320, 20, 16, 0.0), (320, 20, 16, 0.0001), (200, 7, 8, 0.0), (96, 3, 12, 0.0005)]:
    table = pd.DataFrame(returns(bars, trials, 11, skill))
    full = calc_prob_backtest_overfitting(table, n_blocks=blocks, full_output=True)
    print(f"pbo {bars} {trials} {blocks} {skill}: {full['pbo']!r} {full['mean_oos_rank']!r}")

for bars, trials, skill in [(250, 12, 0.0), (250, 12, 0.0001), (250, 12, -0.0005), (400, 5, 0.0002)]:
    table = returns(bars, trials, 23, skill)
    test = SPA(np.zeros(bars), -table, block_size=10, reps=500)
    test.bootstrap = GivenDraws(test._loss_diff, 5)
    test.compute()
    p = test.pvalues
    print(
        f"spa {bars} {trials} {skill}: {p['lower']} {p['consistent']} {p['upper']} variances {test._loss_diff_var[:2].tolist()}"
    )
