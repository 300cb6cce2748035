import { execFileSync } from "node:child_process";
import { join } from "node:path";
import t from "tap";
import {
  describeMount,
  hasMountsBelow,
  mountOf,
  parseMountTable,
  readMountTable,
} from "../../../src/host/resource/mount-table.js";

const TEXT = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:30 / /mnt/with\\040space ro,nosuid - tmpfs none rw
31 22 0:31 / /data rw,noexec - tmpfs none rw
32 31 0:32 / /data ro - tmpfs none rw
33 31 0:33 / /data/below rw - tmpfs none rw
`;

t.test("mountOf() finds the mount that a path is on, the last one where several are on one place", async (t) => {
  const table = parseMountTable(TEXT);
  t.equal(table.length, 5);
  t.same(mountOf("/mnt/with space/file", table)?.options, ["ro", "nosuid"]);
  t.same(mountOf("/data", table)?.options, ["ro"]);
  t.equal(mountOf("/database", table)?.mountPoint, "/");
  t.equal(mountOf("/data/below/x", table)?.mountPoint, "/data/below");
});

t.test("hasMountsBelow() doesn't count the mount itself", async (t) => {
  const table = parseMountTable(TEXT);
  t.ok(hasMountsBelow("/data", table));
  t.notOk(hasMountsBelow("/data/below", table));
  t.ok(hasMountsBelow("/", table));
});

t.test("readMountTable() reads this process's own", async (t) => {
  t.ok(mountOf("/", readMountTable()));
});

t.test(
  "describeMount() has the same words in another mount namespace with the same files, and others for other files",
  async (t) => {
    const directory = t.testdir({ files: {} });
    const path = join(directory, "files/not-there-yet");
    const program = new URL("../../../build/js/src/host/resource/mount-table.js", import.meta.url).href;
    const script = `import(${JSON.stringify(program)}).then((m) => console.log(m.describeMount(${JSON.stringify(path)})))`;
    const elsewhere = (...before: string[]): string => {
      const inside = [...before, `exec "$0" -e '${script}'`].join(" && ");
      return execFileSync("unshare", ["--mount", "sh", "-c", inside, process.execPath], { encoding: "utf8" }).trim();
    };
    t.equal(elsewhere(), describeMount(path));
    t.not(elsewhere(`mount -t tmpfs tmpfs ${directory}/files`), describeMount(path));
    t.not(elsewhere(`mount --bind ${directory}/files ${directory}`), describeMount(path));
  },
);
