import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import type { SpecOverrides } from "./busybox-bundle.js";
import { processEnd } from "./process-end.js";
import { TestShim } from "./test-shim.js";
import { TestTskata } from "./tskata.js";

/** A shim that was started for one container. */
export interface ShimOfOne {
  readonly tskata: TestTskata;
  readonly id: string;
  readonly bundle: string;
  readonly shim: TestShim;
  readonly task: TestShim["task"];
  readonly shimPid: number;
}

/** What `Create` is told beside the bundle: where its process' streams go, nowhere where absent, and a checkpoint. */
type CreateOptions = NonNullable<Parameters<TestShim["create"]>[2]>;

/**
 * A shim with a bundle, which sleeps unless it is said otherwise.
 *
 * @param config more lines of TOML for tskata's configuration
 */
export async function shimOfOne(t: Test, overrides: SpecOverrides = {}, config = ""): Promise<ShimOfOne> {
  const tskata = new TestTskata(t, config);
  const bundle = tskata.bundle({ ...overrides, process: { args: ["sleep", "1000"], ...overrides.process } });
  return shimOf(t, tskata, bundle);
}

/** A shim for a bundle that is there. */
export async function shimOf(t: Test, tskata: TestTskata, bundle: string): Promise<ShimOfOne> {
  const id = tskata.newId();
  const shim = await TestShim.start(t, tskata, id, bundle);
  const { shimPid } = await shim.task.connect({ id });
  return { tskata, id, bundle, shim, task: shim.task, shimPid };
}

/** Makes the container, and starts it. */
export async function run({ shim, id, bundle }: ShimOfOne, options: CreateOptions = {}): Promise<void> {
  await shim.create(id, bundle, options);
  await shim.task.start({ id });
}

/** Has the shim end, as containerd does after the last container's `Delete`, and finds nothing left of it. */
export async function endsWithNothingLeft(t: Test, { shim, id, shimPid, tskata }: ShimOfOne): Promise<void> {
  await shim.task.shutdown({ id });
  await shim.closed;
  await processEnd(shimPid);
  shim.events.close();
  t.strictSame(await tskata.leaks(), []);
  t.strictSame(readdirSync(join(shim.stateRoot, tskata.marker)), [], "no record");
}
