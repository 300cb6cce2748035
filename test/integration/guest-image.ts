import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import t from "tap";
import { ensureImage } from "../../guest-image/ensure-image.js";
import { ensureNodeBinary } from "../../guest-image/node-binary.js";
import { cacheDirectory } from "../../src/common/artifacts/artifact-cache.js";

/** The promise of SPECIFICATION.md. */
const LARGEST_IMAGE_BYTES = 65e6;
/** What would be the same in every machine, and must not be. */
const IDENTITIES = ["machine-id", "hostid", "random-seed"];
/** What someone who breaks out of a container would look for first; tar wants a `sh` for CRIU. */
const UNWANTED = ["bash", "busybox", "apt", "apt-get", "dpkg", "npm", "npx", "corepack"];

const root = process.cwd();
const silent = (): void => undefined;

t.test("the guest image keeps to its size", async (t) => {
  const { path } = await ensureImage(root, cacheDirectory(), silent);
  const { size } = statSync(path);
  t.ok(size > 0 && size <= LARGEST_IMAGE_BYTES, `${size} bytes`);
});

t.test("no package manager, and no more of a shell than checkpoints need, is in the guest image", async (t) => {
  const { path } = await ensureImage(root, cacheDirectory(), silent);
  const tree = join(t.testdir(), "tree");
  execFileSync("fsck.erofs", [`--extract=${tree}`, path], { stdio: "ignore" });
  const names = readdirSync(tree, { recursive: true, encoding: "utf8" }).map((file) => basename(file));
  t.ok(names.includes("node") && names.includes("ip"), "the tree was unpacked");
  t.same(
    names.filter((name) => UNWANTED.includes(name)),
    [],
  );
  t.same(
    names.filter((name) => IDENTITIES.includes(name) || name.startsWith("ssh_host_")),
    [],
    "nor anything of one machine's own",
  );
});

t.test("the same inputs give the same guest image, built in another cache", async (t) => {
  const shared = await ensureImage(root, cacheDirectory(), silent);
  const node = await ensureNodeBinary(cacheDirectory(), silent);
  const cache = join(t.testdir(), "cache");
  mkdirSync(cache);
  symlinkSync(node.directory, join(cache, basename(node.directory)));
  const again = await ensureImage(root, cache, silent);
  t.equal(again.hash, shared.hash);
  t.not(dirname(again.path), dirname(shared.path));
  t.ok(readFileSync(again.path).equals(readFileSync(shared.path)), "the same bytes");
});
