"""A server that stands for the database's: accepts on every address, prints its port, ends when its input does."""

import socket
import sys
import threading


def accept_for_ever(server: socket.socket) -> None:
    while True:
        caller, _ = server.accept()
        caller.close()


with socket.create_server(("0.0.0.0", 0)) as server:
    print(server.getsockname()[1], flush=True)
    threading.Thread(target=accept_for_ever, args=(server,), daemon=True).start()
    sys.stdin.read()
