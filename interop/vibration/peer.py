"""The vibration features of `bench vibration` in NumPy and SciPy, for its row `scipy`.

Usage: peer.py FILE SAMPLES RATE FROM_HZ TO_HZ SECONDS

FILE holds blocks of SAMPLES float32 values. Reads each block once and prints one JSON object: the features of every
block, and how many blocks were read in a second of processor time on one core.
"""

import json
import sys
import time

import numpy as np
from scipy import signal, stats

BANDS = 20


def read(block, rate, low, high, window):
    """Features in time, r.m.s. of 20 bands, spectrum of the envelope in a band."""
    x = block - block.mean()
    n = len(x)
    rms, peak = np.sqrt(np.mean(x * x)), np.max(np.abs(x))
    time_features = [rms, peak, peak / rms, stats.kurtosis(x, fisher=False), stats.skew(x)]
    spectrum = np.abs(np.fft.rfft(x * window)) * 2 / n / 0.5
    lines = len(spectrum)
    edges = [lines * b // BANDS for b in range(BANDS + 1)]
    bands = [np.sqrt(np.sum(spectrum[a:b] ** 2) / 2 / 1.5) for a, b in zip(edges, edges[1:])]
    sos = signal.butter(4, [low, high], "bandpass", fs=rate, output="sos")
    envelope = np.abs(signal.hilbert(signal.sosfiltfilt(sos, x)))
    envelope_spectrum = np.abs(np.fft.rfft((envelope - envelope.mean()) * window)) * 2 / n / 0.5
    return time_features, bands, envelope_spectrum


def main():
    path, samples, rate, low, high, seconds = sys.argv[1], *map(float, sys.argv[2:])
    blocks = np.fromfile(path, dtype=np.float32).reshape(-1, int(samples)).astype(np.float64)
    window = signal.windows.hann(int(samples), sym=False)
    found = []
    for block in blocks:
        time_features, bands, _ = read(block, rate, low, high, window)
        found.append([*time_features, *bands])
    start, count = time.process_time(), 0
    while time.process_time() - start < seconds:
        for block in blocks:
            read(block, rate, low, high, window)
        count += len(blocks)
    print(json.dumps({"windows_per_s": count / (time.process_time() - start), "features": found}, default=float))


main()
