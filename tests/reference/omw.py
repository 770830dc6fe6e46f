"""Words of Open Multilingual Wordnet's .tab files, as docs/rules.md has them."""


def words(path, joined=False):
    """Each word, in the order of the file, with the number of its lines."""
    found = {}
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            fields = line.rstrip("\n").split("\t")
            if not line.startswith("#") and len(fields) > 2 and fields[1].split(":")[-1] == "lemma":
                word = fields[2].strip()
                if joined:
                    word = word.replace("+", "").replace("_", " ").strip() or word
                found[word] = found.get(word, 0) + 1
    return found
