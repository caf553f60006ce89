"""Kills the function whose process holds the other end of a connection, as the kernel does when memory runs out."""

import os
import signal
from pathlib import Path


def kill_the_caller(client_port: int) -> None:
    """Kills no process but one that the emulator started. Raises `LookupError`. Linux only: it looks in /proc."""
    # The emulator leads the process group of its functions.
    os.kill(function_process(client_port, os.getpgrp()), signal.SIGKILL)


def function_process(client_port: int, emulator: int) -> int:
    """The function's process that holds this end of the connection; always one that the emulator started.

    `emulator` is the process id of the emulator, which leads the process group of its functions.
    """
    inode = _socket_of(client_port)
    for directory in Path("/proc").iterdir():
        if not directory.name.isdigit() or int(directory.name) in (os.getpid(), emulator):
            continue
        try:
            if os.getpgid(int(directory.name)) != emulator:
                continue
            if any(os.readlink(one) == f"socket:[{inode}]" for one in (directory / "fd").iterdir()):
                return int(directory.name)
        except OSError:
            continue
    raise LookupError(f"no function of the emulator holds the connection from port {client_port}")


def _socket_of(client_port: int) -> str:
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) == client_port and fields[9] != "0":
            return fields[9]
    raise LookupError(f"no socket has port {client_port}")
