import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { repositoryRoot } from "../../../scripts/artifacts/repository-root.js";

const SCRIPT = join(repositoryRoot(import.meta.url), "hypervisors/xen/hotplug/xen-disk.sh");
const XENS = "/etc/xen/scripts/block";

/** Runs it with programs for xenstore's that tell what they are asked for, an argument a line. */
function runScript(
  folder: string,
  command: string,
  environment: Record<string, string>,
): { log: string; stderr: string } {
  const log = join(folder, "log");
  for (const name of ["xenstore-write", "xenstore-chmod"]) {
    writeFileSync(join(folder, name), `#!/bin/sh\nprintf '%s\\n' ${name} "$@" >> ${log}\n`, { mode: 0o755 });
  }
  const env = { PATH: `${folder}:/usr/bin:/bin`, XENBUS_PATH: "backend/vbd/7/51712", ...environment };
  const { stderr } = spawnSync("sh", [SCRIPT, command], { env, encoding: "utf8" });
  return { log: existsSync(log) ? readFileSync(log, "utf8") : "", stderr };
}

t.test("the disk's script tells xenstore of shares as libxl would, and goes on with Xen's own", async (t) => {
  const { log, stderr } = runScript(t.testdir(), "add", {
    TSKATA_SHARES: "2",
    ...{ TSKATA_SHARE_0_TAG: "files", TSKATA_SHARE_0_DIRECTORY: "/run/a b" },
    ...{ TSKATA_SHARE_1_TAG: "more", TSKATA_SHARE_1_DIRECTORY: "/run/$(id)'\"" },
  });
  const value = (key: string): string | undefined => new RegExp(`^${key}\n(.*)$`, "m").exec(log)?.[1];
  const backend = "/local/domain/0/backend/9pfs/7";
  const frontend = "/local/domain/7/device/9pfs";
  t.equal(value(`${backend}/0/path`), "/run/a b");
  t.equal(value(`${backend}/1/path`), "/run/$(id)'\"");
  t.equal(value(`${backend}/0/security_model`), "passthrough");
  t.equal(value(`${backend}/0/frontend-id`), "7");
  t.equal(value(`${frontend}/1/tag`), "more");
  t.equal(value(`${frontend}/0/backend`), `${backend}/0`);
  t.equal(value(`/libxl/7/device/9pfs/0/backend`), `${backend}/0`, "so that libxl removes it");
  t.match(log, `${frontend}/0\nn7\nr0\n`);
  t.match(log, `${backend}/0\nn0\nr7\n`);
  if (!existsSync(XENS)) t.match(stderr, XENS);
});

t.test("the disk's script tells of no shares where the disk goes, nor where there are none", async (t) => {
  t.equal(runScript(t.testdir(), "remove", { TSKATA_SHARES: "1" }).log, "");
  t.equal(runScript(t.testdir(), "add", {}).log, "");
});
