import type { Test } from "tap";
import { PATIENCE } from "../../support/patience.js";
import { TestTskata } from "../../support/tskata.js";
import type { LabRow } from "./rows.js";

const DEADLINE_MS = 60_000 * PATIENCE;
/** Runs a command where nobody, root included, may open some devices or sockets: their number, they, the command. */
const FORBIDDEN = `
  number=$0
  while [ "$number" -gt 0 ]; do
    mount --bind /dev/null "$1" && mount -o remount,bind,nodev "$1" || exit 125
    shift
    number=$((number - 1))
  done
  exec "$@"`;
/** More than machines have, and the most that may be configured. */
const TOO_MUCH_MIB = 1048576;

/** What a host may lack, on one kind of VM: each is told by name, and nothing is left. */
export async function badLuck(t: Test, { config, needs = {}, reservesMemory = false }: LabRow): Promise<void> {
  for (const [name, paths] of Object.entries(needs)) {
    await t.test(`a container is refused where ${name} can't be had`, async (t) => {
      // a template would do without, or has opened it elsewhere
      const tskata = new TestTskata(t, `${config}[template]\nenabled = false\n`);
      const enter = ["unshare", "--mount", "sh", "-c", FORBIDDEN, `${paths.length}`, ...paths];
      const args = ["run", "--bundle", tskata.bundle(), tskata.newId()];
      const { status, stderr } = await tskata.run(args, { enter, deadlineMs: DEADLINE_MS });
      t.equal(status, 1);
      t.match(stderr, new RegExp(`^tskata: error: .*${name}`, "m"));
      t.strictSame(await tskata.leaks(), []);
    });
  }

  if (reservesMemory) {
    await t.test("a container that wants more memory than there is is refused", async (t) => {
      const tskata = new TestTskata(t, config?.replace(/memory_mib = \d+/, `memory_mib = ${TOO_MUCH_MIB}`));
      const { status, stderr } = await tskata.run(["run", "--bundle", tskata.bundle(), tskata.newId()], {
        deadlineMs: DEADLINE_MS,
      });
      t.equal(status, 1);
      t.match(stderr, /^tskata: error: .*MiB/m);
      t.strictSame(await tskata.leaks(), []);
    });
  }

  await t.test("after that a container runs", async (t) => {
    const tskata = new TestTskata(t, config);
    await tskata.ok(["run", "--bundle", tskata.bundle(), tskata.newId()], { deadlineMs: DEADLINE_MS });
    t.strictSame(await tskata.leaks(), []);
  });
}
