import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";

const PROFILE = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }],
};

t.test("Docker's options reach the container", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t);
  const sh = (script: string, ...options: string[]) => docker.once(...options, IMAGE, "sh", "-c", script);

  await t.test("--init puts Docker's own init before the program, and reaps", async (t) => {
    const script = "(sleep 0.1 &); sleep 0.3; ps -o pid,comm,stat; exit 3";
    const ended = await sh(script, "--init");
    t.match(ended, { status: 3, text: /^ +1 docker-init/m });
    t.notMatch(ended.text, / Z/);
  });

  await t.test("--read-only, --tmpfs and --shm-size shape its files", async (t) => {
    const script = "touch /a; touch /scratch/a && df -k /scratch /dev/shm | awk '{ print $1, $2, $6 }'";
    t.match(await sh(script, "--read-only", "--tmpfs", "/scratch:size=1m", "--shm-size", "2m"), {
      stderr: /^touch: \/a: Read-only file system$/m,
      text: /^tmpfs 1024 \/scratch\nshm 2048 \/dev\/shm$/m,
    });
  });

  await t.test("--ulimit sets its limits", async (t) => {
    const ended = await sh("ulimit -n; ulimit -Hn; ulimit -c", "--ulimit", "nofile=100:200", "--ulimit", "core=0");
    t.equal(ended.text, "100\n200\n0");
  });

  await t.test("more open files than this machine allows can be had, in the VM", async (t) => {
    t.equal((await sh("ulimit -n", "--ulimit", "nofile=1000000:1000000")).text, "1000000");
  });

  await t.test("--cap-drop and --cap-add choose its capabilities", async (t) => {
    const caps = ["--cap-drop", "ALL", "--cap-add", "NET_ADMIN", "--cap-add", "CHOWN"];
    const { text } = await sh("grep ^Cap /proc/self/status", ...caps);
    for (const set of ["CapPrm", "CapEff", "CapBnd"]) t.match(text, `${set}:\t0000000000001001`);
    t.match(await sh("chown nobody /tmp && ip link set lo down", ...caps), { status: 0 });
    t.match(await sh("hostname other", ...caps), { status: 1, stderr: /Operation not permitted/ });
  });

  await t.test("a seccomp profile and no-new-privileges hold", async (t) => {
    const profile = join(docker.world.directory, "profile.json");
    writeFileSync(profile, JSON.stringify(PROFILE));
    const options = ["--security-opt", `seccomp=${profile}`, "--security-opt", "no-new-privileges"];
    const ended = await sh("mkdir /a; grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status", ...options);
    t.match(ended.stderr, /can't create directory '\/a': Function not implemented/);
    t.equal(ended.text, "NoNewPrivs:\t1\nSeccomp:\t2");
    t.match(await sh("unshare -r true"), { status: 1, stderr: /Operation not permitted/ }, "Docker's own profile");
    const unconfined = await sh("grep ^Seccomp: /proc/self/status", "--security-opt", "seccomp=unconfined");
    t.equal(unconfined.text, "Seccomp:\t0");
  });

  await t.test("--user, --group-add and --workdir say who and where it is", async (t) => {
    const ended = await sh("id -u; id -G; pwd", "--user", "1234:5678", "--group-add", "99", "--workdir", "/made/here");
    t.equal(ended.text, "1234\n5678 99\n/made/here");
    t.match(await sh("true", "--user", "nobody-knows-me"), { status: 125, stderr: /no matching entries in passwd/ });
  });

  await t.test("--hostname, --dns and --add-host are in its files", async (t) => {
    const names = ["--hostname", "named", "--dns", "192.0.2.53", "--dns-search", "example.org"];
    t.equal((await sh("hostname; cat /etc/hostname", ...names)).text, "named\nnamed");
    const resolver = await sh("grep -v '^#' /etc/resolv.conf | sort", ...names);
    t.match(resolver.text, /nameserver 192.0.2.53\nsearch example.org$/);
    t.match((await sh("cat /etc/hosts", "--add-host", "friend:192.0.2.7")).text, /^192\.0\.2\.7\tfriend$/m);
  });

  await t.test("--env and --entrypoint", async (t) => {
    const ended = await docker.once("--env", "A=b c", "--entrypoint", "env", IMAGE);
    t.match(ended, { status: 0, text: /^A=b c$/m });
  });

  await t.test("--memory, --cpus and --pids-limit hold in the VM", async (t) => {
    const script = "cd /sys/fs/cgroup; cat memory.max cpu.max pids.max; (while :; do sleep 9 & done) 2>&1 | head -n 1";
    const ended = await sh(script, "--memory", "300m", "--cpus", "0.5", "--pids-limit", "20");
    t.match(ended.text, /^314572800\n50000 100000\n20\n.*(can't fork|Resource temporarily unavailable)/);
  });

  await t.test("--sysctl, --oom-score-adj and --cgroupns", async (t) => {
    const script = "cat /proc/sys/net/ipv4/ip_default_ttl /proc/self/oom_score_adj /proc/self/cgroup";
    const ended = await sh(script, "--sysctl", "net.ipv4.ip_default_ttl=77", "--oom-score-adj", "-500");
    t.match(ended.text, /^77\n-500\n0::\//);
  });

  await t.test("--ipc=container and --pid=container join another's", async (t) => {
    await docker.detached(
      "--name",
      "owner",
      "--ipc",
      "shareable",
      IMAGE,
      "sh",
      "-c",
      "echo shared > /dev/shm/a; sleep 999",
    );
    const ended = await sh("ps; cat /dev/shm/a", "--pid", "container:owner", "--ipc", "container:owner");
    t.match(ended.text, /sleep 999[^]*\nshared$/);
    await docker.ok("rm", "--force", "owner");
  });

  await t.test("runtimeArgs stand before the runtime's command", async (t) => {
    t.match(await docker.run(["run", "--rm", "--runtime", "debug", "--network", "none", IMAGE, "echo", "said"]), {
      status: 0,
      text: "said",
    });
    t.match(await docker.run(["run", "--rm", "--runtime", "wrong", "--network", "none", IMAGE, "true"]), {
      status: 125,
      stderr: /no-such-option/,
    });
  });
});
