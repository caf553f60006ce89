"""Clusters log messages by drain3 with its defaults and prints what `nightshift logs cluster` would.

Drain is online: an id is final when its line comes, and the template may still change, so templates are printed last.
"""

import logging
import sys

from drain3 import TemplateMiner


def main() -> None:
    logging.disable(logging.CRITICAL)
    miner = TemplateMiner()
    ids = [
        miner.add_log_message(line.decode(errors="replace").rstrip("\n"))["cluster_id"] for line in sys.stdin.buffer
    ]
    templates = {cluster.cluster_id: cluster.get_template() for cluster in miner.drain.clusters}
    sys.stdout.writelines(f"{each}\t{templates.get(each, '')}\n" for each in ids)


if __name__ == "__main__":
    main()
