"""n-grams in plain Python: "Tokens of n-grams" of docs/rules.md as a program."""
import math
import string
from collections import Counter

MARKS = set(string.punctuation + "，。、；：？¿！“”‘’（）【】《》〈〉「」『』～—")
CJK_LIKE = [
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF), (0x2CEB0, 0x2EBEF), (0xF900, 0xFAFF), (0x2E80, 0x2EFF), (0x2F00, 0x2FDF),
    (0x2FF0, 0x2FFF), (0x0E00, 0x0E7F), (0x0E80, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF),
    (0x0F00, 0x0FFF),
]
WORD_MAX = 1024


def is_cjk_like(c):
    return any(first <= ord(c) <= last for first, last in CJK_LIKE)


def tokens(line):
    """Words of a line; None where pairs are parted."""
    found, word = [], ""
    for c in line + " ":
        alone = c in MARKS or is_cjk_like(c)
        if not (alone or c.isspace() or c == "\0"):
            word += c
            continue
        if word:
            found.append(word if len(word.encode()) <= WORD_MAX else None)
            word = ""
        if alone:
            found.append(None if c in MARKS else c)
    return found


def count(text):
    """Counts of words, and of pairs of words."""
    words, pairs = Counter(), Counter()
    for line in text.split("\n"):
        found = tokens(line)
        words.update(word for word in found if word)
        pairs.update((a, b) for a, b in zip(found, found[1:]) if a and b)
    return words, pairs


def pmi(words, pairs):
    n = sum(words.values())
    return {(a, b): math.log2(c * n) - math.log2(words[a] * words[b])
            for (a, b), c in pairs.items() if words[a] and words[b]}


def percentile(values, share):
    """Linearly interpolated, as NumPy's is by default; share is (numerator, denominator)."""
    values = sorted(values)
    place, rest = divmod((len(values) - 1) * share[0], share[1])
    low, high = values[place], values[min(place + 1, len(values) - 1)]
    return low + (high - low) * rest / share[1]


def worldwide(words, pairs):
    scores = pmi(words, pairs)
    if not scores:
        return {}
    base = percentile(scores.values(), (3, 10))
    return {pair: (pairs[pair] + 1) ** 0.7 * (score - base) for pair, score in scores.items()}
