"""What tools/deploy holds, as far as it can be looked at without a cluster: units, image, manifests, dashboard."""

import glob
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from command import BLOX, TOP

try:
    import yaml
except ImportError:  # python3-yaml
    yaml = None

HERE = os.path.join(TOP, "tools", "deploy")


def text_of(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def verbs():
    said = subprocess.run([BLOX, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return re.findall(r"^  ([a-z]+) {2,}", said, re.M)


class Units(unittest.TestCase):
    units = sorted(glob.glob(os.path.join(HERE, "*.service")))

    def test_they_start_verbs_that_there_are(self):
        self.assertEqual(len(self.units), 2)
        for path in self.units:
            verb = re.search(r"^ExecStart=/usr/local/bin/blox ([a-z]+) ", text_of(path), re.M).group(1)
            self.assertIn(verb, verbs())

    def test_they_are_hardened(self):
        wanted = ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "CapabilityBoundingSet=",
                  "SystemCallFilter=@system-service", "RestrictSUIDSGID=yes", "User=datablox", "Restart=always",
                  "StateDirectory=datablox")
        for path in self.units:
            lines = text_of(path).splitlines()
            self.assertEqual([line for line in wanted if line not in lines], [], path)
        caretaker = text_of(HERE, "datablox-caretaker@.service").splitlines()
        for line in ("KillMode=process", "Delegate=yes", "RuntimeDirectoryPreserve=yes"):
            self.assertIn(line, caretaker, "workers survive a restart of their caretaker")

    @unittest.skipIf(shutil.which("systemd-analyze") is None, "there is no systemd-analyze")
    def test_systemd_understands_them(self):
        with tempfile.TemporaryDirectory() as folder:
            for path in self.units:
                # What they start need not be installed here.
                text = text_of(path).replace("/usr/local/bin/blox", "/bin/true")
                with open(os.path.join(folder, os.path.basename(path)), "w", encoding="utf-8") as file:
                    file.write(text)
            names = [os.path.join(folder, os.path.basename(path)) for path in self.units]
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True,
                                  check=False)
            about_ours = [line for line in done.stderr.splitlines() if "datablox" in line]
            self.assertEqual(about_ours, [])


class Image(unittest.TestCase):
    text = text_of(HERE, "Dockerfile")

    def test_it_is_built_as_a_checkout_is(self):
        self.assertIn("RUN tools/dev setup", self.text)  # so there is no second list of packages
        self.assertIn("RUN tools/dev build blox", self.text)
        self.assertEqual(set(re.findall(r"^FROM (\S+)", self.text, re.M)), {"debian:12-slim"})

    def test_nobody_in_it_is_root(self):
        last = self.text.rsplit("\nFROM ", 1)[1]
        number = re.search(r"^USER (\d+)$", last, re.M).group(1)
        self.assertIn(f"useradd --system --uid {number} ", last)

    @unittest.skipIf(shutil.which("readelf") is None or shutil.which("dpkg-query") is None, "no readelf or no dpkg")
    def test_it_has_the_packages_that_the_command_needs_and_no_other(self):
        listed = re.search(r"--no-install-recommends \\\n(.*?)&& rm", self.text.rsplit("\nFROM ", 1)[1], re.S).group(1)
        listed = set(listed.replace("\\", " ").split())
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", subprocess.run(
            ["readelf", "-d", BLOX], stdout=subprocess.PIPE, text=True, check=True).stdout))
        with open(BLOX, "rb") as file:
            if b"__asan_init" in file.read():
                self.skipTest("built with a sanitizer")
        found = dict(re.findall(r"^\s*(\S+) => (/\S+)", subprocess.run(
            ["ldd", BLOX], stdout=subprocess.PIPE, text=True, check=True).stdout, re.M))
        files = {re.sub("^/usr", "", found[name]) for name in needed if name in found}
        said = subprocess.run(["dpkg-query", "-S", *files, *("/usr" + file for file in files)], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        packages = {line.split(":")[0] for line in said.splitlines()}
        self.assertEqual(listed, packages)


@unittest.skipIf(yaml is None, "python3-yaml is not installed")
class Manifests(unittest.TestCase):
    folder = os.path.join(HERE, "kubernetes")

    def documents(self, name):
        return [one for one in yaml.safe_load_all(text_of(self.folder, name)) if one]

    def workloads(self):
        for name in ("master.yaml", "caretaker.yaml"):
            for one in self.documents(name):
                if one["kind"] in ("StatefulSet", "DaemonSet"):
                    yield one["metadata"]["name"], one["spec"]["template"]

    def test_all_of_them_are_listed_and_what_is_generated_exists(self):
        kustomization = self.documents("kustomization.yaml")[0]
        files = {os.path.basename(path) for path in glob.glob(os.path.join(self.folder, "*.yaml"))}
        self.assertEqual(files, {*kustomization["resources"], "kustomization.yaml", "cluster.yaml"})
        generated = {one["name"] for key in ("configMapGenerator", "secretGenerator") for one in kustomization[key]}
        used = set()
        for _, template in self.workloads():
            for volume in template["spec"]["volumes"]:
                used |= {volume[kind][key] for kind, key in (("configMap", "name"), ("secret", "secretName"))
                         if kind in volume}
        self.assertEqual(used, generated)

    def test_the_keys_are_those_of_the_cluster(self):
        cluster = self.documents("cluster.yaml")[0]
        kustomization = self.documents("kustomization.yaml")[0]
        secrets = {one["name"]: {os.path.basename(path) for path in one["files"]} for one in kustomization["secretGenerator"]}
        nodes, users = list(cluster["nodes"]), list(cluster["users"])
        self.assertEqual(secrets["datablox-master-keys"],
                         {"master.key", "master.pub", *(f"node-{name}.pub" for name in nodes),
                          *(f"user-{name}.pub" for name in users)})
        self.assertEqual(secrets["datablox-node-keys"],
                         {"master.pub", *(f"node-{name}{half}" for name in nodes for half in (".key", ".pub"))})

    def test_containers_are_bounded_and_locked(self):
        for name, template in self.workloads():
            spec = template["spec"]
            self.assertTrue(spec["securityContext"]["runAsNonRoot"], name)
            self.assertFalse(spec["automountServiceAccountToken"], name)
            self.assertFalse([volume for volume in spec["volumes"] if "hostPath" in volume], name)
            for container in spec["containers"] + spec["initContainers"]:
                with self.subTest(name=name, container=container["name"]):
                    locked = container["securityContext"]
                    self.assertFalse(locked["allowPrivilegeEscalation"])
                    self.assertTrue(locked["readOnlyRootFilesystem"])
                    self.assertEqual(locked["capabilities"], {"drop": ["ALL"]})
                    self.assertEqual(set(container["resources"]["limits"]), {"cpu", "memory"})
                    self.assertEqual(set(container["resources"]["requests"]), {"cpu", "memory"})
                    mounted = {mount["name"] for mount in container["volumeMounts"]}
                    self.assertLessEqual(mounted, {volume["name"] for volume in spec["volumes"]} | {"state"})

    def test_the_container_that_runs_topologies_sees_no_secret_of_another(self):
        for name, template in self.workloads():
            secret = {volume["name"] for volume in template["spec"]["volumes"] if "secret" in volume}
            for container in template["spec"]["containers"]:
                self.assertFalse(secret & {mount["name"] for mount in container["volumeMounts"]}, name)

    def test_probes_ask_a_port_that_is_served(self):
        cluster = self.documents("cluster.yaml")[0]
        served = {"datablox-master": {cluster["master"]["metrics"]},
                  "datablox-caretaker": {node["metrics"] for node in cluster["nodes"].values()}}
        for name, template in self.workloads():
            container = template["spec"]["containers"][0]
            ports = {port["name"]: port["containerPort"] for port in container["ports"]}
            for probe in ("livenessProbe", "readinessProbe"):
                asked = container[probe]["httpGet"]
                self.assertEqual(asked["path"], "/metrics")
                self.assertEqual(served[name], {f"0.0.0.0:{ports[asked['port']]}"})
            self.assertIn(container["args"][0], verbs())
        service = self.documents("master.yaml")[0]
        host, port = cluster["master"]["address"].rsplit(":", 1)
        self.assertEqual(host.split(".")[0], service["metadata"]["name"])
        self.assertIn(int(port), [one["port"] for one in service["spec"]["ports"]])
        # The master's own copy has another host in that place.
        self.assertIn(host.replace(".", "\\."), text_of(self.folder, "master.yaml"))

    def test_the_command_takes_the_cluster(self):
        done = subprocess.run([BLOX, "deploy", os.path.join(self.folder, "cluster.yaml"), "--dry-run"], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        self.assertIn("keygen", done.stderr)  # so far it comes: there are no keys


class Dashboard(unittest.TestCase):
    board = json.loads(text_of(HERE, "grafana.json"))

    def expressions(self):
        for panel in self.board["panels"]:
            for target in panel.get("targets", []):
                yield panel["title"], target["expr"]
        for variable in self.board["templating"]["list"]:
            yield variable["name"], variable["query"]

    def test_each_metric_is_one_that_we_emit(self):
        emitted = set()
        for path in glob.glob(os.path.join(TOP, "**", "*.cc"), recursive=True):
            if path.startswith(os.path.join(TOP, "build")) or "/tests/" in path:
                continue
            for name, kind in re.findall(r'\.family\(\s*"(blox_\w+)",\s*"(\w+)"', text_of(path)):
                emitted |= {name + end for end in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
        self.assertGreater(len(emitted), 20)
        used = {name for _, expression in self.expressions() for name in re.findall(r"\bblox_\w+", expression)}
        self.assertEqual(used - emitted, set())

    def test_what_was_lost_and_what_came_again_are_shown_both_with_their_bounds(self):
        expressions = [expression for _, expression in self.expressions()]
        for metric in ("blox_topology_lost_records", "blox_topology_repeated_records"):
            for bound in ("least", "most"):
                self.assertIn(f'sum({metric}{{bound="{bound}"}})', expressions)

    def test_panels_have_places_of_their_own(self):
        taken = set()
        for panel in self.board["panels"]:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24)
            taken |= cells
        numbers = [panel["id"] for panel in self.board["panels"]]
        self.assertEqual(len(numbers), len(set(numbers)))

    def test_variables_are_those_that_there_are(self):
        known = {variable["name"] for variable in self.board["templating"]["list"]} | {"__rate_interval"}
        for title, expression in self.expressions():
            self.assertLessEqual(set(re.findall(r"\$(\w+)", expression)), known, title)


if __name__ == "__main__":
    unittest.main()
