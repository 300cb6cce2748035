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

/** Where the standard streams of its process go; nowhere where absent. */
export type Streams = NonNullable<Parameters<TestShim["create"]>[2]>;

/**
 * A shim with a bundle, which sleeps unless it is said otherwise.
 *
 * @param config more lines of TOML for tskata's configuration
 */
export async function shimOfOne(t: Test, overrides: SpecOverrides = {}, config = ""): Promise<ShimOfOne> {
  const tskata = new TestTskata(t, config);
  const id = tskata.newId();
  const bundle = tskata.bundle({ ...overrides, process: { args: ["sleep", "1000"], ...overrides.process } });
  const shim = await TestShim.start(t, tskata, id, bundle);
  const { shimPid } = await shim.task.connect({ id });
  return { tskata, id, bundle, shim, task: shim.task, shimPid };
}

/** Makes the container, and starts it. */
export async function run({ shim, id, bundle }: ShimOfOne, streams: Streams = {}): Promise<void> {
  await shim.create(id, bundle, streams);
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
