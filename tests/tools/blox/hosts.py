"""Hosts that are none: each a network namespace with a cable to a common switch.

A namespace lives as long as the process that holds it, which ends with the test, however that ends: nothing is left
behind, and nothing of the machine's own network is touched. Needs root, or a system on which a user may make namespaces
of their own; else `missing()` says why.
"""

import os
import select
import shutil
import signal
import subprocess
import sys

LONGEST = 30  # seconds for any one command
SLOW_CABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "slow_cable.py")


def missing():
    """Why there can be no hosts here, or nothing."""
    for program in ("ip", "unshare", "nsenter", "setpriv"):
        if shutil.which(program) is None:
            return f"there is no program `{program}` (Debian: iproute2, util-linux)"
    try:
        network = Network(1)
    except (subprocess.CalledProcessError, OSError) as error:
        return f"no network namespaces here: {getattr(error, 'stderr', '') or error}"
    network.close()
    return None


def ran(words):
    subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                   timeout=LONGEST, check=True)


def kill(process):
    """Ends any process, and waits until it has."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [], LONGEST)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


class Namespace:
    """A network namespace, and the process that holds it."""

    def __init__(self):
        # It says when it is inside; it ends with us.
        self.holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sh", "-c",
                                        "ip link set lo up && echo ready && exec sleep infinity"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "ready\n":
            _, said = self.holder.communicate()
            raise OSError(said.strip() or "cannot make a namespace")

    def inside(self, *words):
        """These words as a command that runs inside."""
        return ["nsenter", "--net", "-t", str(self.holder.pid), "--", *words]

    def processes(self):
        """All that run inside, but for the holder."""
        own = os.readlink(f"/proc/{self.holder.pid}/ns/net")
        found = []
        for name in os.listdir("/proc"):
            try:
                if name.isdigit() and int(name) != self.holder.pid and os.readlink(f"/proc/{name}/ns/net") == own:
                    found.append(int(name))
            except OSError:
                pass  # it has ended, or is none of ours
        return found

    def close(self):
        for _ in range(100):
            left = self.processes()
            if not left:
                break
            for process in left:
                kill(process)
        self.holder.kill()
        self.holder.communicate()


class Host(Namespace):
    def __init__(self, name, address, switch, number):
        super().__init__()
        self.name, self.address, self.switch, self.port = name, address, switch, f"port{number}"
        self.cable = None
        ran(switch.inside("ip", "link", "add", self.port, "type", "veth", "peer", "name", "eth0", "netns",
                          str(self.holder.pid)))
        ran(switch.inside("ip", "link", "set", self.port, "master", "switch", "up"))
        ran(self.inside("ip", "address", "add", address + "/24", "dev", "eth0"))
        ran(self.inside("ip", "link", "set", "eth0", "up"))

    def run(self, *words, **more):
        return subprocess.run(self.inside(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=more.pop("timeout", LONGEST), check=False, **more)

    def start(self, *words, log, **more):
        """A process inside, which ends with the host at the latest; its number is that of the command itself."""
        with open(log, "ab") as file:
            return subprocess.Popen(self.inside(*words), stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                                    start_new_session=True, **more)

    def cut(self):
        """Pulls the cable out of the switch."""
        ran(self.switch.inside("ip", "link", "set", self.port, "down"))

    def heal(self):
        ran(self.switch.inside("ip", "link", "set", self.port, "up"))

    def delay(self, milliseconds):
        """Holds all that it sends and gets, by the kernel's netem or, where it has none, by a slow cable to the switch."""
        try:
            for inside, device in self.ends():
                ran(inside("tc", "qdisc", "replace", "dev", device, "root", "netem", "delay", f"{milliseconds}ms"))
        except (subprocess.CalledProcessError, OSError):
            self.lay_slow_cable(milliseconds)

    def hasten(self):
        """Undoes delay()."""
        if self.cable is None:
            for inside, device in self.ends():
                ran(inside("tc", "qdisc", "delete", "dev", device, "root"))
            return
        self.cable.kill()
        self.cable.communicate()
        self.cable = None
        ran(self.switch.inside("ip", "link", "delete", self.port + "near"))
        ran(self.switch.inside("ip", "link", "set", self.port, "master", "switch"))

    def ends(self):
        return (self.inside, "eth0"), (self.switch.inside, self.port)

    def lay_slow_cable(self, milliseconds):
        near, far = self.port + "near", self.port + "far"
        ran(self.switch.inside("ip", "link", "add", near, "type", "veth", "peer", "name", far))
        ran(self.switch.inside("ip", "link", "set", near, "up"))
        ran(self.switch.inside("ip", "link", "set", self.port, "nomaster"))
        self.cable = subprocess.Popen(self.switch.inside(sys.executable, SLOW_CABLE, self.port, near, str(milliseconds)),
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if self.cable.stdout.readline() != "ready\n":
            raise OSError("no slow cable here")
        ran(self.switch.inside("ip", "link", "set", far, "master", "switch", "up"))

    def close(self):
        if self.cable is not None:
            self.cable.kill()
            self.cable.communicate()
        super().close()


class Network:
    """As many hosts as are wanted, h1 at 10.77.0.1 and so on, and the switch between them."""

    def __init__(self, count):
        self.hosts = []
        self.switch = Namespace()
        try:
            ran(self.switch.inside("ip", "link", "add", "switch", "type", "bridge", "forward_delay", "0"))
            ran(self.switch.inside("ip", "link", "set", "switch", "up"))
            for number in range(1, count + 1):
                self.hosts.append(Host(f"h{number}", f"10.77.0.{number}", self.switch, number))
        except BaseException:
            self.close()
            raise

    def close(self):
        for host in self.hosts:
            host.close()
        self.switch.close()
