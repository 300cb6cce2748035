import { chmodSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { TskataError } from "../../../src/common/error.js";
import { checkArtifacts } from "../../../src/host/check/check-artifacts.js";
import { checkEngines } from "../../../src/host/check/check-engines.js";
import { checkDirectory, checkMemory } from "../../../src/host/check/check-host.js";
import { checkMounts } from "../../../src/host/check/check-mounts.js";
import { checkPrograms } from "../../../src/host/check/check-programs.js";
import { checkUser } from "../../../src/host/check/check-user.js";
import { checkShares } from "../../../src/host/check/check-shares.js";
import { checkFuse, checkTun, checkVsock } from "../../../src/host/check/check-devices.js";

t.test("checkArtifacts() shows the guest's files, or says how to build them", async (t) => {
  const directory = t.testdir({ kernel: "x".repeat(1_572_864), image: "" });
  const artifacts = { kernel: join(directory, "kernel"), image: join(directory, "image") };
  t.match(
    checkArtifacts(() => artifacts),
    [
      { subject: "guest kernel", level: "ok", detail: `${artifacts.kernel} (1.5 MiB)` },
      { subject: "guest image", level: "ok" },
    ],
  );
  const missing = (): never => {
    throw new TskataError("not-found", "no guest kernel");
  };
  t.match(checkArtifacts(missing), [{ level: "missing", detail: "no guest kernel", remedy: "npm run build:guest" }]);
});

t.test("checkEngines() tells how each engine is told of tskata, and misses none", async (t) => {
  const directory = t.testdir({
    dockerd: "#!/bin/sh\necho Docker version 99",
    podman: "#!/bin/sh\necho broken >&2; exit 3",
  });
  for (const name of ["dockerd", "podman"]) chmodSync(join(directory, name), 0o755);
  const [docker, podman, containerd] = checkEngines(directory);
  t.match(docker, { level: "ok", detail: /^Docker version 99; to use tskata: add "runtimes"/ });
  t.match(podman, { level: "ok", detail: /podman does not tell its version/ });
  t.match(containerd, { level: "ok", detail: "not installed (not needed to run bundles)" });
});

t.test("checkMemory() and the checks of devices know enough and too little", async (t) => {
  const meminfo = "MemTotal: 9 kB\nMemAvailable:     1024 kB\n";
  t.match(checkMemory(1 << 20, meminfo), { level: "ok", detail: "1 MiB available, a guest has 1 MiB" });
  t.match(checkMemory(2 << 20, meminfo), { level: "warning", remedy: /guest\.memory_mib/ });
  t.match(checkVsock("/dev/null"), { level: "ok" });
  t.match(checkVsock("/no/vsock"), { level: "warning", remedy: "modprobe vhost_vsock" });
  t.match(checkFuse("/dev/null"), { level: "ok" });
  t.match(checkFuse("/no/fuse"), { level: "warning", remedy: "modprobe fuse" });
  t.match(checkTun("/dev/null"), { level: "ok" });
  t.match(checkTun("/no/tun"), { level: "warning", remedy: "modprobe tun" });
});

t.test("checkDirectory() takes the nearest directory that exists", async (t) => {
  const directory = t.testdir();
  t.match(checkDirectory("state", join(directory, "a/b/c")), { level: "ok", detail: join(directory, "a/b/c") });
  t.match(checkDirectory("state", "/proc/self/nothing"), { level: /ok|missing/ });
  t.match(checkDirectory("state", "/dev/null/x"), { level: "missing", remedy: /XDG_RUNTIME_DIR/ });
});

t.test("checkUser() takes root, and root of a user namespace that has enough ids", async (t) => {
  t.match(checkUser({ uid: 0, userIds: undefined }), { level: "ok", detail: "root" });
  t.match(checkUser({ uid: 1000, userIds: undefined }), {
    level: "missing",
    detail: /^user id 1000: /,
    remedy: /podman unshare tskata check/,
  });
  const own = { inside: 0, outside: 1000, size: 1 };
  t.match(checkUser({ uid: 0, userIds: [own, { inside: 1, outside: 100_000, size: 65_536 }] }), {
    level: "ok",
    detail: "root of a user namespace with 65537 user ids, user id 1000 outside",
  });
  t.match(checkUser({ uid: 0, userIds: [own] }), {
    level: "warning",
    detail: /with 1 user ids/,
    remedy: /add-subuids/,
  });
});

t.test("checkMounts() tries a mount namespace, and says why there can be none", async (t) => {
  t.match(await checkMounts(), { subject: "mount namespace", level: "ok" });
  t.match(await checkMounts(["unshare", "--mount", "--propagation", "sideways"]), {
    level: "missing",
    detail: /^can't be made: unshare: .*sideways/,
    remedy: /CAP_SYS_ADMIN/,
  });
  t.match(await checkMounts(["/no/unshare"]), { level: "missing", detail: /ENOENT/ });
});

t.test("checkPrograms() and checkShares() name the package of what is missing", async (t) => {
  t.ok(checkPrograms().every(({ level }) => level === "ok"));
  t.match(checkPrograms(t.testdir())[0], {
    subject: "unshare",
    level: "missing",
    remedy: "apt-get install util-linux",
  });
  const places = (...candidates: string[]) => ({ candidates, qemusState: "/run" });
  t.match(checkShares({ backend: "auto" }, places("/bin/true")), { level: "ok", detail: "/bin/true" });
  t.match(checkShares({ backend: "9p" }, places("/bin/true")), { level: "ok", detail: /not used/ });
  t.match(checkShares({ backend: "auto" }, places("/no/virtiofsd")), {
    level: "warning",
    detail: /9p/,
    remedy: /apt-get install virtiofsd/,
  });
  t.match(checkShares({ backend: "virtiofs" }, places("/no/virtiofsd")), { level: "missing", remedy: /\[share\]/ });
});
