"""blox deploy against a real sshd on loopback.

The sshd has a configuration, keys and a port of its own. What would change the machine (systemctl, apt-get, useradd,
sudo) is found on its PATH as a recorder that only notes it; all files go below a temporary folder. What the recorder of
systemctl "starts" is the command that was copied, as a process that this test ends.
"""

import glob
import os
import pwd
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest

from command import BLOX, OUTSIDE_FAILED, PLUGINS, TOPOLOGY_AT_FAULT, COMMAND_LINE_AT_FAULT, CommandTest, Done

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
ME = pwd.getpwuid(os.getuid()).pw_name
LONGEST = 240  # seconds: a slow machine copies a command that was built with a sanitizer

RECORDERS = {
    "systemctl": r"""
now=$(cat "$F/pid/$2" 2>/dev/null)
case $1 in
  show) now=$(cat "$F/pid/$5" 2>/dev/null); kill -0 "$now" 2>/dev/null && echo "$now" || echo 0; exit ;;
  is-enabled) [ -e "$F/enabled/$2" ] && echo enabled || { echo disabled; exit 1; }; exit ;;
  is-active) [ "$2" != -q ] || { shift; now=$(cat "$F/pid/$2" 2>/dev/null); }
    kill -0 "$now" 2>/dev/null && echo active || { echo inactive; exit 3; }; exit ;;
  status) echo "it does not start"; exit 3 ;;
esac
note "$@"
[ ! -e "$F/fail/$1" ] || { echo "$1 is broken" >&2; exit 1; }
case $1 in
  enable) : > "$F/enabled/$2" ;;
  restart)
    kill "$now" 2>/dev/null
    [ ! -e "$F/fail/to-run" ] || exit 0
    setsid "$F/root/usr/local/bin/blox" run -q -e "Stdin -> Discard" <>"$F/fifo" >/dev/null 2>&1 &
    echo $! > "$F/pid/$2" ;;
esac
""",
    "apt-get": r"""
note "$@"
[ ! -e "$F/fail/apt" ] || { echo "E: no mirror answers" >&2; exit 100; }
for one; do echo "$one" >> "$F/installed"; done
""",
    # libzmq5 and what the plug-in declares are not there until they are installed; all else is.
    "dpkg-query": r"""
for one; do :; done
case $one in
  libzmq5 | libproj25 | libgeos-c1v5) grep -qx "$one" "$F/installed" 2>/dev/null || exit 1 ;;
esac
echo installed
""",
    "useradd": 'note "$@"; for one; do :; done; echo "$one" >> "$F/users"\n',
    "id": '[ "$#" = 2 ] || exec {id} "$@"\ngrep -qx "$2" "$F/users" 2>/dev/null\n',
    "sudo": 'shift; exec "$@"\n',
    "sleep": "exit 0\n",
}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@unittest.skipIf(SSHD is None, "no sshd: Debian's openssh-server is not installed")
@unittest.skipIf(shutil.which("dpkg-query") is None, "this is no Debian")
class Deploy(CommandTest):
    @classmethod
    def setUpClass(cls):
        """The command without what only debuggers read: it is copied often here."""
        folder = tempfile.TemporaryDirectory(prefix="blox-")
        cls.addClassCleanup(folder.cleanup)
        cls.command = os.path.join(folder.name, "blox")
        stripped = shutil.which("strip") and subprocess.run(["strip", "-g", "-o", cls.command, BLOX], check=False)
        if not stripped or stripped.returncode != 0:
            cls.command = BLOX

    def setUp(self):
        super().setUp()
        self.port = free_port()
        for name in ("bin", "pid", "enabled", "fail", "root"):
            os.mkdir(self.path(name))
        for name, text in RECORDERS.items():
            head = f'#!/bin/sh\nF={shlex.quote(self.folder)}\nnote() {{ echo "{name} $*" >> "$F/calls"; }}\n'
            self.write("bin/" + name, head + text.replace("{id}", shutil.which("id")))
            os.chmod(self.path("bin/" + name), 0o755)
        os.mkfifo(self.path("fifo"))
        self.addCleanup(self.end_services)
        for name in ("host_key", "login"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path(name)], check=True)
        hosts = f"[127.0.0.1]:{self.port},[127.0.0.2]:{self.port} "
        self.write("known_hosts", hosts + self.read("host_key.pub"))
        self.write("ssh_config", f"""
Host *
  Port {self.port}
  User {ME}
  IdentityFile {self.path("login")}
  IdentitiesOnly yes
  UserKnownHostsFile {self.path("known_hosts")}
  GlobalKnownHostsFile /dev/null
""")
        self.write("cluster.yaml", """
master: {address: "127.0.0.1:4600", state: state/master}
keys: keys
nodes:
  db1: {address: 127.0.0.1}
  db2: {address: 127.0.0.2}
users: {ada: admin}
""")
        for who in ("master", "node-db1", "node-db2", "user-ada"):
            self.write(f"keys/{who}.key", f"secret of {who}\n")
            self.write(f"keys/{who}.pub", f"public key of {who}\n")
        self.start_sshd()

    def start_sshd(self):
        said = ""
        for pam in ("no", "yes"):  # without it some systems let nobody in whose password is locked
            self.write("sshd_config", f"""
Port {self.port}
ListenAddress 127.0.0.1
ListenAddress 127.0.0.2
HostKey {self.path("host_key")}
AuthorizedKeysFile {self.path("login.pub")}
PidFile none
StrictModes no
UsePAM {pam}
PasswordAuthentication no
PermitRootLogin prohibit-password
SetEnv PATH={self.path("bin")}:{os.environ["PATH"]}
""")
            words = [SSHD, "-D", "-e", "-f", self.path("sshd_config")]
            if os.getuid() == 0:  # it wants a folder in /run, which is made where nobody else sees it
                words = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$@"', "sh",
                         *words]
            with open(self.path("sshd.log"), "ab") as log:
                sshd = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

            def end(sshd=sshd):
                sshd.terminate()
                sshd.wait(30)

            for _ in range(200):
                if sshd.poll() is not None:
                    break
                login = subprocess.run(["ssh", "-F", self.path("ssh_config"), "-o", "BatchMode=yes", "127.0.0.1", "true"],
                                       stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
                if login.returncode == 0:
                    self.addCleanup(end)
                    return
                if "refused" not in login.stderr:
                    break
                time.sleep(0.05)
            said = self.read("sshd.log")
            end()
        self.skipTest("no login through a sshd of our own: " + said.strip().replace("\n", "; "))

    def end_services(self):
        for path in glob.glob(self.path("pid/*")):
            with open(path, encoding="ascii") as file:
                try:
                    os.kill(int(file.read()), signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def deploy(self, *words, root="root"):
        done = subprocess.run([self.command, "deploy", "cluster.yaml", *words, "--ssh-config", "ssh_config", "--user", ME, "--root",
                               self.path(root)], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=LONGEST, check=False,
                              env={**os.environ, "BLOX_PATH": PLUGINS})
        return Done(done.returncode, done.stdout, done.stderr)

    def calls(self):
        return self.read("calls").splitlines() if self.exists("calls") else []

    def mode(self, path):
        return stat.S_IMODE(os.stat(self.path("root" + path)).st_mode)

    def service(self, unit):
        return int(self.read("pid/" + unit))

    def test_an_empty_host_is_set_up_and_then_nothing_is_to_do(self):
        self.write("index.blox", 'plugin "good.so";\nCounter(limit = 1) -> PluggedDouble -> Print;\n')
        done = self.deploy("index.blox", "--node", "db1")
        self.succeeds(done)
        self.assertRegex(done.out, r"^master\+db1: blox [0-9.]+ runs, \d+ steps\n$")
        master, caretaker = "datablox-master.service", "datablox-caretaker@db1.service"
        calls = self.calls()
        self.assertEqual(calls[0], "apt-get -qq update")
        self.assertEqual(calls[1].split("DPkg::Lock::Timeout=120 ")[1], "libgeos-c1v5 libproj25 libzmq5")
        self.assertTrue(calls[2].startswith("useradd --system "), calls[2])
        self.assertEqual(calls[3:], ["systemctl daemon-reload", f"systemctl enable {master}",
                                     f"systemctl enable {caretaker}", f"systemctl restart {master}",
                                     f"systemctl restart {caretaker}"])
        modes = {"/usr/local/bin/blox": 0o755, "/usr/local/lib/datablox/good.so": 0o644,
                 "/etc/datablox/cluster.yaml": 0o644, "/etc/datablox/keys/master.key": 0o400,
                 "/etc/datablox/keys/node-db1.key": 0o400, "/etc/datablox/keys/user-ada.pub": 0o644,
                 "/etc/systemd/system/datablox-caretaker@.service": 0o644}
        self.assertEqual({path: self.mode(path) for path in modes}, modes)
        self.assertEqual(self.read("root/etc/datablox/keys/node-db1.key"), "secret of node-db1\n")
        self.assertEqual(self.read("root/etc/datablox/cluster.yaml"), self.read("cluster.yaml"))
        self.assertEqual(os.readlink(self.path("root/etc/datablox/state")), "/var/lib/datablox")
        self.assertIn(f"\nUser={ME}\n", self.read("root/etc/systemd/system/datablox-master.service"))
        left = [name for _, _, names in os.walk(self.path("root")) for name in names if name.startswith(".")]
        self.assertEqual(left, [], "what was only for the time of the deployment is left behind")

        before = self.service(caretaker)
        again = self.deploy("index.blox", "--node", "db1")
        self.succeeds(again)
        self.assertEqual((again.out, again.err), ("master+db1: nothing to do\n", ""))
        self.assertEqual(self.calls(), calls)

        # A change is copied, and services are restarted for it.
        self.write("cluster.yaml", self.read("cluster.yaml") + "limits: {memory: 4GiB}\n")
        dry = self.deploy("--node", "db1", "--dry-run")
        self.succeeds(dry)
        self.assertEqual([line for line in dry.out.splitlines() if line.startswith("# copy ")],
                         [f"# copy cluster.yaml to {self.path('root')}/etc/datablox/cluster.yaml"])
        self.assertEqual(self.calls(), calls)
        subprocess.run(["sh", "-n"], input=dry.out, text=True, check=True)
        self.succeeds(self.deploy("--node", "db1"))
        self.assertEqual(self.calls()[len(calls):], [f"systemctl restart {master}", f"systemctl restart {caretaker}"])
        self.assertNotEqual(self.service(caretaker), before)
        self.assertIn("memory: 4GiB", self.read("root/etc/datablox/cluster.yaml"))

    def test_a_node_gets_no_secret_but_its_own(self):
        self.succeeds(self.deploy("--node", "db2"))
        self.assertEqual(sorted(os.listdir(self.path("root/etc/datablox/keys"))),
                         ["master.pub", "node-db2.key", "node-db2.pub"])

    def test_a_step_that_fails_is_told_and_the_next_time_it_goes_on_there(self):
        self.write("fail/apt", "")
        done = self.deploy()
        self.fails(done, OUTSIDE_FAILED, "master+db1 (127.0.0.1), install libzmq5: ended with 100: E: no mirror answers",
                   "`apt-get update` there", "db2 (127.0.0.2), install", "not deployed: master+db1 db2")
        self.assertFalse(self.exists("root/usr"))
        os.unlink(self.path("fail/apt"))
        self.write("fail/restart", "")
        self.fails(self.deploy("--node", "db2"), OUTSIDE_FAILED, "db2 (127.0.0.2), start datablox-caretaker@db2.service",
                   "restart is broken", "journalctl -u datablox-caretaker@db2.service")
        os.unlink(self.path("fail/restart"))
        calls = len(self.calls())
        self.succeeds(self.deploy("--node", "db2"))
        self.assertEqual(self.calls()[calls:], ["systemctl restart datablox-caretaker@db2.service"])
        self.assertFalse(self.exists("root/etc/datablox/.restart-due"))

    def test_where_the_command_does_not_come_up_the_other_hosts_are_left_alone(self):
        self.write("fail/to-run", "")
        done = self.deploy()
        self.fails(done, OUTSIDE_FAILED, "check that datablox-master.service runs this command", "it does not start",
                   "the other hosts are left as they are")
        self.assertNotIn("db2: ", done.err)
        self.assertTrue(self.exists("root/etc/datablox/.restart-due"))

    def test_what_is_wrong_before_anything_is_done(self):
        self.fails(self.deploy("--node", "db3"), COMMAND_LINE_AT_FAULT, "no node `db3`", "did you mean `db2`?")
        self.fails(self.blox("deploy"), COMMAND_LINE_AT_FAULT, "takes a cluster.yaml")
        self.write("bad.blox", "Countr -> Print;\n")
        self.fails(self.deploy("bad.blox"), TOPOLOGY_AT_FAULT, "Countr")
        os.unlink(self.path("keys/node-db2.key"))
        self.fails(self.deploy(), OUTSIDE_FAILED, "keys/node-db2.key", "blox keygen --cluster cluster.yaml")
        self.write("keys/node-db2.key", "k")
        self.write("known_hosts", "")
        self.fails(self.deploy("--node", "db2"), OUTSIDE_FAILED, "db2 (127.0.0.2), ask what is there: ssh failed",
                   "accept it once by hand: ssh 127.0.0.2")
        self.assertEqual(self.calls(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)  # so that it says why it is passed over
