"""Views of titles from hourly pageviews files, as docs/rules.md has them."""
import re


def domains(project):
    language, dot, rest = project.partition(".")
    return {(language + site + dot + rest).encode() for site in ("", ".m", ".zero")}


def is_text(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def fate(line, own):
    """What becomes of a line, and its title and views where they count."""
    fields = line.split(b" ")
    if fields[0] not in own and len(fields) > 1:
        return "other_domains", None, 0
    if len(fields) != 4 or not fields[1] or not re.fullmatch(rb"[0-9]+", fields[3]):
        return "damaged", None, 0
    domain, title, views, _ = fields
    if not re.fullmatch(rb"[0-9]+", views) or int(views) >= 2**64 or not is_text(title):
        return "damaged", None, 0
    if title == b"-":
        return "untitled", None, 0
    if b":" in title:
        return "with_colon", None, 0
    return "counted", title.replace(b"_", b" "), int(views)


def count(contents, project="en", floor=50):
    """Views by title, and lines by what became of them, of the contents of files."""
    own = domains(project)
    views, totals = {}, {}
    for content in contents:
        lines = content.split(b"\n")
        for i, line in enumerate(lines):
            last = i + 1 == len(lines)
            if last and not line:
                break
            what, title, n = fate(line if last else line.removesuffix(b"\r"), own)
            if what == "counted" and n < max(floor, 1):
                what = "below_floor"
            elif what == "counted":
                views[title] = views.get(title, 0) + n
            totals[what] = totals.get(what, 0) + 1
    return views, totals
