"""A cable that is slow: carries what comes by one network interface to the other, each frame held for a while.

For hosts.py, where the kernel has no netem. Usage: slow_cable.py ONE OTHER MILLISECONDS, until it is killed.
"""

import asyncio
import socket
import sys

EVERY_PROTOCOL = 3  # ETH_P_ALL
SOL_PACKET, PACKET_VNET_HDR = 263, 15
MOST = 1 << 17  # with what the kernel has put together of several segments


def end_of(name):
    plug = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL))
    # Frames come with what is still to be done to them, checksums above all, and go on with it.
    plug.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    plug.bind((name, EVERY_PROTOCOL))
    plug.setblocking(False)
    return plug


def carry(loop, one, other, seconds):
    def deliver(frame):
        try:
            other.send(frame)
        except OSError:
            pass  # pulled out, or full: as on any cable the frame is gone

    def arrived():
        try:
            frame, (_, _, kind, *_) = one.recvfrom(MOST)
        except OSError:
            return
        if kind != socket.PACKET_OUTGOING:
            loop.call_later(seconds, deliver, frame)

    loop.add_reader(one, arrived)


def main(one, other, milliseconds):
    loop = asyncio.new_event_loop()
    ends = end_of(one), end_of(other)
    for here, there in (ends, ends[::-1]):
        carry(loop, here, there, int(milliseconds) / 1000)
    print("ready", flush=True)
    loop.run_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
