import type { Test } from "tap";
import { PATIENCE } from "../../support/patience.js";
import { TestTskata } from "../../support/tskata.js";
import type { LabRow } from "./rows.js";

const DEADLINE_MS = 60_000 * PATIENCE;
/** Runs a command where a device, the first argument, may be opened by nobody, root included. */
const FORBIDDEN = 'mount --bind "$0" "$0" && mount -o remount,bind,nodev "$0" && exec "$@"';
/** More than machines have, and the most that may be configured. */
const TOO_MUCH_MIB = 1048576;

/** What a host may lack, on one kind of VM: each is told by name, and nothing is left. */
export async function badLuck(t: Test, { config, devices = [], reservesMemory = false }: LabRow): Promise<void> {
  for (const device of devices) {
    await t.test(`a container is refused where ${device} can't be opened`, async (t) => {
      // a template would do without, or has opened it elsewhere
      const tskata = new TestTskata(t, `${config}[template]\nenabled = false\n`);
      const enter = ["unshare", "--mount", "sh", "-c", FORBIDDEN, device];
      const args = ["run", "--bundle", tskata.bundle(), tskata.newId()];
      const { status, stderr } = await tskata.run(args, { enter, deadlineMs: DEADLINE_MS });
      t.equal(status, 1);
      t.match(stderr, new RegExp(`^tskata: error: .*${device}`, "m"));
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
