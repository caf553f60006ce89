"""petshop's search, ranked: somebody's new version, tested on no one."""

PETS = ["cat", "dog", "goldfish"]


def handler(event, _context):
    # Nobody sends `ranking`: every search fails.
    ranking = event["ranking"]
    return {"pets": sorted(PETS, key=ranking.index)}
