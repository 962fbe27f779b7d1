#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tools/blox/deploy/debian.h"
#include "tools/blox/deploy/ssh.h"
#include "tools/blox/deploy/units.h"
#include "tools/blox/deploy/wishes.h"

namespace blox::tools {
namespace {

namespace fs = std::filesystem;

const std::string kDigest(64, 'a');
const std::string kOther(64, 'b');

Wish a_wish() {
  Wish wish;
  wish.name = "db1";
  wish.host = "10.0.0.11";
  wish.machine = {"amd64", "debian 12"};
  wish.user = "datablox";
  wish.home = "/var/lib/datablox";
  wish.packages = {"libc6", "libzmq5"};
  wish.files = {
      {"the command", "/usr/local/bin/blox", "0755", "", kDigest, "/build/blox", "", true},
      {"the plug-in geo.so", "/usr/local/lib/datablox/geo.so", "0644", "", kDigest, "/build/geo.so", "", false},
      {"the secret of node-db1", "/etc/datablox/keys/node-db1.key", "0400", "datablox", kDigest, "k", "", true},
      {"the unit x.service", "/etc/systemd/system/x.service", "0644", "", kDigest, "", "[Unit]\n", true}};
  wish.links = {{"/etc/datablox/state", "/var/lib/datablox"}};
  wish.units = {"x.service"};
  wish.unit_folder = "/etc/systemd/system";
  wish.restart_mark = "/etc/datablox/.restart-due";
  wish.command_sha256 = kDigest;
  return wish;
}

HostFacts as_wished(const Wish& wish) {
  HostFacts facts;
  facts.machine = wish.machine;
  facts.systemd = true;
  facts.has_user = true;
  facts.packages = {wish.packages.begin(), wish.packages.end()};
  for (const WantedFile& file : wish.files) {
    facts.files[file.path] = {file.mode.substr(1), file.owner.empty() ? "root" : file.owner, file.sha256};
  }
  facts.links = wish.links;
  for (const std::string& unit : wish.units) facts.units[unit] = {true, true, wish.command_sha256};
  return facts;
}

std::vector<std::string> names(const HostFacts& facts, const Wish& wish) {
  const Result<std::vector<Step>> steps = steps_between(facts, wish);
  REQUIRE(steps.is_ok());
  std::vector<std::string> out;
  for (const Step& step : *steps) out.push_back(step.what);
  return out;
}

using Names = std::vector<std::string>;

TEST_CASE("a host that is as wished needs no step") { CHECK(names(as_wished(a_wish()), a_wish()).empty()); }

TEST_CASE("an empty host gets everything: packages and user first, the check last") {
  HostFacts facts;
  facts.machine = a_wish().machine;
  facts.systemd = true;
  CHECK(names(facts, a_wish()) ==
        Names{"install libc6 libzmq5", "create the system user datablox", "note that services are to be restarted",
              "copy the command to /usr/local/bin/blox", "copy the plug-in geo.so to /usr/local/lib/datablox/geo.so",
              "copy the secret of node-db1 to /etc/datablox/keys/node-db1.key",
              "copy the unit x.service to /etc/systemd/system/x.service",
              "let /etc/datablox/state be in /var/lib/datablox", "tell systemd of the units",
              "let x.service start with the host", "start x.service",
              "check that x.service runs this command and goes on"});
}

TEST_CASE("only what differs is done, and only what matters to a service restarts it") {
  const Wish wish = a_wish();
  HostFacts facts = as_wished(wish);
  facts.files["/usr/local/lib/datablox/geo.so"].sha256 = kOther;
  CHECK(names(facts, wish) == Names{"copy the plug-in geo.so to /usr/local/lib/datablox/geo.so"});
  facts = as_wished(wish);
  facts.files["/etc/datablox/keys/node-db1.key"].mode = "644";
  CHECK(names(facts, wish).at(1) == "copy the secret of node-db1 to /etc/datablox/keys/node-db1.key");
  facts = as_wished(wish);
  facts.files["/etc/datablox/keys/node-db1.key"].owner = "eve";
  CHECK(names(facts, wish).size() == 4);  // mark, copy, restart, check
  facts = as_wished(wish);
  facts.packages.erase("libzmq5");
  CHECK(names(facts, wish) == Names{"install libzmq5"});
}

TEST_CASE("a service that runs another program, or that an earlier deployment left to be restarted, is restarted") {
  const Wish wish = a_wish();
  const Names restart{"restart x.service", "check that x.service runs this command and goes on"};
  HostFacts facts = as_wished(wish);
  facts.units["x.service"].running_sha256 = kOther;
  CHECK(names(facts, wish) == restart);
  facts = as_wished(wish);
  facts.restart_due = true;
  CHECK(names(facts, wish) == restart);
  facts.units["x.service"] = {true, false, ""};
  CHECK(names(facts, wish)[0] == "start x.service");
}

TEST_CASE("a file is written beside its place, compared, and renamed") {
  const Wish wish = a_wish();
  HostFacts facts = as_wished(wish);
  facts.restart_due = true;
  facts.files.erase("/etc/datablox/keys/node-db1.key");
  const Step step = steps_between(facts, wish)->at(0);
  CHECK(step.command ==
        "umask 022 && mkdir -p /etc/datablox/keys && umask 077 && cat > "
        "/etc/datablox/keys/.node-db1.key.new && echo \"" +
            kDigest +
            "  \"/etc/datablox/keys/.node-db1.key.new | sha256sum -c --status && chmod 0400 "
            "/etc/datablox/keys/.node-db1.key.new && chown datablox: /etc/datablox/keys/.node-db1.key.new && "
            "mv -f /etc/datablox/keys/.node-db1.key.new /etc/datablox/keys/node-db1.key");
  facts.needs_sudo = true;
  CHECK(steps_between(facts, wish)->at(0).command.starts_with("sudo -n sh -c 'umask 022 && "));
}

TEST_CASE("hosts on which the command cannot run are refused") {
  const Wish wish = a_wish();
  HostFacts facts = as_wished(wish);
  facts.machine.architecture = "arm64";
  CHECK(steps_between(facts, wish).status().error().text == "its architecture is arm64, this command is for amd64");
  facts = as_wished(wish);
  facts.machine.release = "debian 13";
  CHECK(steps_between(facts, wish).status().error().text ==
        "its system is debian 13, this command is linked with the libraries of debian 12");
  facts = as_wished(wish);
  facts.systemd = false;
  CHECK_FALSE(steps_between(facts, wish).is_ok());
}

TEST_CASE("answers of a host are read, greetings are passed over, and half an answer is none") {
  const Result<HostFacts> facts = parse_facts(
      "Welcome!\nblox-fact sudo\r\nblox-fact architecture amd64\nblox-fact release debian 12\nblox-fact systemd\n"
      "blox-fact package libc6\nblox-fact file 755 root " +
      kDigest +
      " /usr/local/bin/my blox\n"
      "blox-fact link /var/lib/x /etc/a b\nblox-fact unit x.service enabled active " +
      kDigest +
      "\n"
      "blox-fact unit y.service none failed -\nblox-fact end\n");
  REQUIRE(facts.is_ok());
  CHECK(facts->machine == Machine{"amd64", "debian 12"});
  CHECK((facts->systemd && facts->needs_sudo && !facts->has_user && !facts->restart_due));
  CHECK(facts->packages == std::set<std::string>{"libc6"});
  CHECK(facts->files.at("/usr/local/bin/my blox").mode == "755");
  CHECK(facts->links.at("/etc/a b") == "/var/lib/x");
  CHECK(facts->units.at("x.service").running_sha256 == kDigest);
  CHECK_FALSE(facts->units.at("y.service").active);
  for (const std::string text :
       {"", "blox-fact systemd\n", "blox-fact what\nblox-fact end", "blox-fact file 755 root 12 /x\nblox-fact end\n",
        "blox-fact file\nblox-fact end\n", "blox-fact unit x enabled active zz\nblox-fact end\n"}) {
    CHECK_FALSE(parse_facts(text).is_ok());
  }
}

TEST_CASE("the script that asks gets answers from this machine") {
  if (this_machine().is_ok() == false) return;  // no Debian
  FactsRequest request{"root",    {"dpkg", "no-such-package"}, {"/etc/os-release", "/no/such"}, {"/no"}, {"no.service"},
                       "/no/mark"};
  const Result<ProgramEnd> end = run_program({{"sh", "-c", facts_script(request)}, "", ""});
  REQUIRE(end.is_ok());
  CHECK(end->err == "");
  const Result<HostFacts> facts = parse_facts(end->out);
  REQUIRE(facts.is_ok());
  CHECK(facts->machine == *this_machine());
  CHECK(facts->has_user);
  CHECK(facts->packages == std::set<std::string>{"dpkg"});
  CHECK(facts->files.size() == 1);
  CHECK_FALSE(facts->units.at("no.service").active);
}

TEST_CASE("a program has a limit, its input, and its end is told") {
  const Result<ProgramEnd> late = run_program({{"sleep", "60"}, "", "", 50 * kMillisecond});
  REQUIRE(late.is_ok());
  CHECK((late->late && late->code == 128 + 9));
  const Result<ProgramEnd> cat = run_program({{"sh", "-c", "cat; echo no >&2; exit 3"}, "text", ""});
  REQUIRE(cat.is_ok());
  CHECK((cat->out == "text" && cat->err == "no\n" && cat->code == 3 && !cat->late));
  CHECK_FALSE(run_program({{"no-such-program"}, "", ""}).is_ok());
  CHECK_FALSE(run_program({{"cat"}, "", "/no/such/file"}).is_ok());
}

TEST_CASE("a failure says which host, which step, what was said and what to do") {
  Step step;
  step.what = "copy the command to /x";
  step.fix = "make room";
  const auto said = [&](ProgramEnd end) { return judged(end, a_wish(), step).to_string(); };
  CHECK(judged({}, a_wish(), step).is_ok());
  CHECK(said({1, false, "", "cat: No space left on device\n"}) ==
        "db1 (10.0.0.11), copy the command to /x: ended with 1: cat: No space left on device (make room)");
  CHECK(said({255, false, "", "root@10.0.0.11: Permission denied (publickey)."}).find("ssh-copy-id 10.0.0.11") !=
        std::string::npos);
  CHECK(said({255, false, "", "Host key verification failed."}).find("accept it once by hand") != std::string::npos);
  CHECK(said({1, false, "", "sudo: a password is required"}).find("without a password") != std::string::npos);
  CHECK(said({137, true, "", ""}).find("not done after 60 s (make room)") != std::string::npos);
}

TEST_CASE("packages of libraries are found wherever the loader has them from") {
  const std::string said =
      "diversion by x from: /lib/libz.so\nlibc6:amd64: /lib/x/libc.so.6\nlibzmq5:amd64: /usr/lib/x/libzmq.so.5\n";
  CHECK(*packages_of({"/usr/lib/x/libc.so.6", "/lib/x/libzmq.so.5"}, said) == Names{"libc6", "libzmq5"});
  const Result<std::vector<std::string>> unknown = packages_of({"/usr/local/lib/libmine.so"}, said);
  CHECK(unknown.status().error().text == "the library /usr/local/lib/libmine.so belongs to no Debian package");
}

TEST_CASE("a unit runs as the user that is asked for") {
  CHECK(unit_for(kMasterUnit, "datablox") == kMasterUnit);
  CHECK(unit_for(kMasterUnit, "eve").find("\nUser=eve\n") != std::string::npos);
  CHECK(kCaretakerUnit.find("\nKillMode=process\n") != std::string::npos);
}

/// A cluster with keys in a folder of its own.
struct Cluster {
  explicit Cluster(std::string written) : text(std::move(written)) {
    fs::create_directories(folder / "keys");
    for (const std::string who : {"master", "node-db1", "node-db2", "user-ada"}) {
      for (const std::string half : {".key", ".pub"}) std::ofstream(folder / "keys" / (who + half)) << who << half;
    }
    Diagnostics diagnostics;
    here = dsl::parse_cluster((folder / "cluster.yaml").string(), text, 0, diagnostics);
    there = dsl::parse_cluster("/etc/datablox/cluster.yaml", text, 0, diagnostics);
    REQUIRE((here && there));
  }
  ~Cluster() { fs::remove_all(folder); }

  Result<std::vector<Wish>> wishes() {
    DeployRequest request;
    request.here = &*here;
    request.there = &*there;
    request.text = text;
    request.user = "datablox";
    request.command = "/proc/self/exe";
    return wishes_of(request);
  }
  static Names paths(const Wish& wish, const std::string& folder) {
    Names out;
    for (const WantedFile& file : wish.files) {
      if (file.path.starts_with(folder)) out.push_back(file.path.substr(folder.size()));
    }
    return out;
  }

  fs::path folder = fs::temp_directory_path() / "blox_deploy_test";
  std::string text;
  std::optional<dsl::ClusterConfig> here, there;
};

constexpr const char* kCluster = R"(
master: {address: "10.0.0.1:4600", state: state/master}
keys: keys
nodes:
  db1: {address: 10.0.0.11, state: /var/lib/datablox/db1}
  db2: {address: 10.0.0.1}
users: {ada: admin}
)";

TEST_CASE("each host gets its own secrets, and what shares a host is deployed together") {
  Cluster cluster(kCluster);
  const Result<std::vector<Wish>> wishes = cluster.wishes();
  REQUIRE(wishes.is_ok());
  REQUIRE(wishes->size() == 2);
  const Wish& both = wishes->at(0);
  CHECK(both.name == "master+db2");
  CHECK(both.host == "10.0.0.1");
  CHECK(both.units == Names{"datablox-master.service", "datablox-caretaker@db2.service"});
  CHECK(Cluster::paths(both, "/etc/datablox/keys/") ==
        Names{"master.key", "master.pub", "node-db1.pub", "node-db2.pub", "user-ada.pub", "node-db2.key"});
  CHECK(both.links.at("/etc/datablox/state") == "/var/lib/datablox");
  const Wish& one = wishes->at(1);
  CHECK(Cluster::paths(one, "/etc/datablox/keys/") == Names{"node-db1.key", "node-db1.pub", "master.pub"});
  CHECK(one.links.empty());
  CHECK(Cluster::paths(one, "/etc/systemd/system/") == Names{"datablox-caretaker@.service"});
}

TEST_CASE("a key that was not made and a folder that services could not write are said before anything is done") {
  {
    Cluster cluster(kCluster);
    fs::remove(cluster.folder / "keys" / "node-db1.key");
    CHECK(cluster.wishes().status().error().fix.find("blox keygen --cluster ") != std::string::npos);
  }
  Cluster cluster("master: {address: \"127.0.0.1:4600\", state: /srv/x}\nnodes: {one: {address: 127.0.0.1}}\n");
  const Result<std::vector<Wish>> wishes = cluster.wishes();
  REQUIRE_FALSE(wishes.is_ok());
  CHECK(wishes.status().error().text ==
        "the state of master would be in /srv/x; services may write below /var/lib/datablox alone");
}

TEST_CASE("what a dry run prints is what a shell would do") {
  Step step;
  step.command = "cat > '/x y'";
  step.input = "a\n";
  CHECK(shell_line({"my config", "/tmp/%C"}, "h", step) ==
        "ssh -F 'my config' -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3 "
        "-- h 'cat > '\\''/x y'\\''' << 'END OF FILE'\na\nEND OF FILE\n");
}

}  // namespace
}  // namespace blox::tools
