import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { Process } from "../../src/oci/process.js";
import { busyboxSpec } from "../support/busybox-bundle.js";
import { TestTskata } from "../support/tskata.js";

/** The bits of capabilities(7) by name, as far as these tests need them. */
const CAPABILITY_BITS = { CAP_CHOWN: 0, CAP_KILL: 5, CAP_NET_BIND_SERVICE: 10, CAP_SYS_CHROOT: 18 } as const;

function bits(...names: (keyof typeof CAPABILITY_BITS)[]): string {
  return names
    .reduce((sum, name) => sum | (1n << BigInt(CAPABILITY_BITS[name])), 0n)
    .toString(16)
    .padStart(16, "0");
}

/** One field of `/proc/self/status` of a process that runs in a container. */
const field = (name: string): string[] => ["sh", "-c", `grep ^${name}: /proc/self/status | cut -f2-`];

t.test("the program of a container gets what config.json says", async (t) => {
  const tskata = new TestTskata(t);
  const script = [
    "id -u; id -g; id -G; umask; pwd; hostname; echo $MARK",
    "grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status | cut -f2",
    "ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj; cat /proc/1/comm",
    "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /sys/fs/cgroup/cpu.max",
    "cat /proc/sys/net/ipv4/ping_group_range; wc -c < /proc/version; (echo 1 > /proc/sysrq-trigger) 2>&1; mkdir /probe 2>&1; exit 0",
  ].join("\n");
  const base = busyboxSpec();
  const bundle = tskata.bundle({
    hostname: "box",
    root: { path: "rootfs", readonly: true },
    process: {
      args: ["sh", "-c", script],
      cwd: "/made/for/it",
      env: ["PATH=/bin", "MARK=a b=c"],
      user: { uid: 1000, gid: 1001, umask: 0o027, additionalGids: [5, 1002] },
      capabilities: {
        bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_SYS_CHROOT"],
        permitted: ["CAP_KILL", "CAP_CHOWN"],
        effective: ["CAP_KILL"],
        inheritable: ["CAP_CHOWN"],
        ambient: ["CAP_CHOWN"],
      },
      noNewPrivileges: true,
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 512, hard: 600 }],
      oomScoreAdj: 321,
    },
    linux: {
      ...base.linux,
      maskedPaths: ["/proc/version"],
      sysctl: { "net.ipv4.ping_group_range": "7 8" },
      resources: {
        memory: { limit: 33_554_432 },
        pids: { limit: 41 },
        cpu: { quota: 25_000, period: 50_000 },
      },
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 84 }],
      },
    },
  });
  const lines = (await tskata.ok(["run", "--bundle", bundle, tskata.newId()])).split("\n");
  t.strictSame(lines.slice(0, 7), ["1000", "1001", "1001 5 1002", "0027", "/made/for/it", "box", "a b=c"]);
  const kill = bits("CAP_KILL");
  const chown = bits("CAP_CHOWN");
  const [inheritable, permitted, effective, bounding, ambient, noNewPrivileges, seccomp] = lines.slice(7, 14);
  t.equal(inheritable, chown);
  t.equal(ambient, chown);
  t.equal(bounding, bits("CAP_KILL", "CAP_CHOWN", "CAP_SYS_CHROOT"));
  // execve(2) gives a program of an ordinary user its ambient set
  t.equal(permitted, chown);
  t.equal(effective, chown);
  t.not(effective, kill);
  t.equal(noNewPrivileges, "1");
  t.equal(seccomp, "2");
  t.strictSame(lines.slice(14, 18), ["512", "600", "321", "sh"]);
  t.strictSame(lines.slice(18, 21), ["33554432", "41", "25000 50000"]);
  t.equal(lines[21], "7\t8");
  t.equal(lines[22], "0", "/proc/version is masked");
  t.match(lines[23] ?? "", /Read-only file system|Permission denied/);
  t.match(
    lines[24] ?? "",
    /Invalid or incomplete multibyte|error 84/,
    "seccomp answers mkdir with the errno asked for",
  );
});

t.test("exec, in one container", async (t) => {
  const tskata = new TestTskata(t);
  const { id } = await tskata.start(
    tskata.bundle({ process: { args: ["sleep", "1000"], env: ["PATH=/bin", "BASE=1"], cwd: "/bin" } }),
  );
  const exec = (...args: string[]): Promise<string> => tskata.ok(["exec", ...args]);

  t.test("takes what isn't said from the container's own process", async (t) => {
    t.equal(await exec(id, "sh", "-c", "echo $BASE; pwd; id -u"), "1\n/bin\n0");
    t.equal(await exec(id, ...field("NoNewPrivs")), "1");
  });

  t.test("has a flag for user, groups, directory and environment", async (t) => {
    const flags = ["--user", "12:34", "--additional-gids", "56", "--additional-gids", "78", "--cwd", "/tmp"];
    t.equal(
      await exec(...flags, "--env", "MORE=x y", id, "sh", "-c", "id -u; id -G; pwd; echo $MORE"),
      "12\n34 56 78\n/tmp\nx y",
    );
    const none = await tskata.run(["exec", "--user", "nobody-knows", id, "true"]);
    t.match(none, { status: 1, stderr: /nobody-knows/ });
  });

  t.test("has a flag for capabilities and no_new_privs", async (t) => {
    const without = BigInt(`0x${await exec(id, ...field("CapEff"))}`);
    const chroot = 1n << BigInt(CAPABILITY_BITS.CAP_SYS_CHROOT);
    t.equal(without & chroot, 0n);
    const withIt = BigInt(`0x${await exec("--cap", "CAP_SYS_CHROOT", id, ...field("CapEff"))}`);
    t.equal(withIt, without | chroot);
    // runc ignores it with a warning
    t.match(await tskata.run(["exec", "--cap", "CAP_NONSENSE", id, "true"]), { status: 0, stderr: /CAP_NONSENSE/ });
    t.equal(await exec("--no-new-privs", id, ...field("NoNewPrivs")), "1");
  });

  t.test("takes the whole process from a file", async (t) => {
    const path = join(tskata.directory, "process.json");
    const process: Process = {
      args: ["sh", "-c", "id -u; echo $ONLY; pwd; umask"],
      cwd: "/tmp",
      env: ["PATH=/bin", "ONLY=this"],
      user: { uid: 7, gid: 8, umask: 0o077 },
    };
    writeFileSync(path, JSON.stringify(process));
    t.equal(await exec("--process", path, id), "7\nthis\n/tmp\n0077");
  });

  t.test("joins the container's namespaces and cgroup", async (t) => {
    const script = "for each in mnt pid net ipc uts cgroup; do readlink /proc/1/ns/$each; done";
    const own = script.replaceAll("/proc/1/", "/proc/self/");
    t.equal(await exec(id, "sh", "-c", own), await exec(id, "sh", "-c", script));
    t.equal(await exec(id, "cat", "/proc/self/cgroup"), "0::/");
    t.match(await exec(id, "cat", "/sys/fs/cgroup/cgroup.procs"), /^0\n|^\d+\n/);
  });

  t.test("fails with the status and wording of runc where the program can't run", async (t) => {
    t.match(await tskata.run(["exec", id, "no-such"]), {
      status: 255,
      stderr: /exec: "no-such": executable file not found in \$PATH/,
    });
    t.match(await tskata.run(["exec", id, "/no/such"]), {
      status: 255,
      stderr: /\/no\/such.*no such file or directory/,
    });
    t.match(await tskata.run(["exec", id, "/etc"]), {
      status: 255,
      stderr: /"\/etc": is a directory: permission denied/,
    });
    t.match(await tskata.run(["exec", "--cwd", "/nowhere", id, "true"]), { status: 255, stderr: /\/nowhere/ });
  });
});

t.test("exec joins a cgroup that the container has made", async (t) => {
  const tskata = new TestTskata(t);
  const writable = (busyboxSpec().mounts ?? []).map((mount) =>
    mount.type === "cgroup" ? { ...mount, options: ["rw"] } : mount,
  );
  const { id } = await tskata.start(tskata.bundle({ mounts: writable, process: { args: ["sleep", "1000"] } }));
  const exec = (...args: string[]): Promise<string> => tskata.ok(["exec", ...args]);
  await exec(id, "mkdir", "/sys/fs/cgroup/sub");
  t.equal(await exec("--cgroup", "/sub", id, "cat", "/proc/self/cgroup"), "0::/sub");
  t.match(await tskata.run(["exec", "--cgroup", "/none", id, "true"]), { status: 255, stderr: /bad sub cgroup path/ });
  t.match(await tskata.run(["exec", "--cgroup", "memory:/sub", id, "true"]), { status: 1, stderr: /cgroup v2/ });
  // With a controller handed on, only the cgroups below may have processes: an exec goes where init is.
  const handOn =
    "for p in $(cat cgroup.procs); do echo $p > sub/cgroup.procs; done; echo +pids > cgroup.subtree_control";
  await exec("--cwd", "/sys/fs/cgroup", "--cgroup", "/sub", id, "sh", "-c", handOn);
  t.equal(await exec(id, "cat", "/proc/self/cgroup"), "0::/sub");
});

t.test("without a seccomp section and with every capability nothing is in the way", async (t) => {
  const tskata = new TestTskata(t);
  const capabilities = ["CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID"] as const;
  const args = [
    "sh",
    "-c",
    "mount -t tmpfs none /tmp && grep -c ' /tmp tmpfs' /proc/mounts; grep ^Seccomp: /proc/self/status",
  ];
  const bundle = tskata.bundle({
    process: {
      args,
      noNewPrivileges: false,
      capabilities: { bounding: [...capabilities], permitted: [...capabilities], effective: [...capabilities] },
    },
  });
  t.match(await tskata.ok(["run", "--bundle", bundle, tskata.newId()]), /^1\nSeccomp:\t0$/);
});

t.test("a program whose interpreter is missing runs, says so and ends with 255, as with runc", async (t) => {
  const tskata = new TestTskata(t);
  const bundle = tskata.bundle({ process: { args: ["/script"] } });
  writeFileSync(join(bundle, "rootfs/script"), "#!/no/such/interpreter\n", { mode: 0o755 });
  t.match(await tskata.run(["run", "--bundle", bundle, tskata.newId()]), {
    status: 255,
    text: "",
    stderr: "exec /script: no such file or directory\n",
  });
});
