import { readFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Stage } from "../../src/host/sandbox/timings.js";
import { buildNewborn, Newborn } from "../support/newborn.js";
import { TestTskata } from "../support/tskata.js";

const CLONES = 3;
/** The promise: a clone's wall clock is right to this many milliseconds. */
const CLOCK_TOLERANCE_MS = 10;
/** What newborn.c says; all but the last are of the process. */
const RANDOM_FACTS = ["first", "key", "auxv", "stack", "vdso", "urandom", "random", "uuid", "boot"];

/** The processor's own random numbers would hide that the kernel's are those of the template. */
const NO_OTHER_SOURCE = "clearcpuid=rdrand,rdseed";

/** A tskata whose templates are the test's own. */
function withTemplates(t: Test, enabled = true): TestTskata {
  const config = `[template]\nenabled = ${enabled}\n[guest]\nkernel_parameters = ["${NO_OTHER_SOURCE}"]\n`;
  return new TestTskata(t, config, undefined, "own");
}

function newbornBundle(tskata: TestTskata): string {
  const bundle = tskata.bundle({ process: { args: ["/newborn"] } });
  buildNewborn(join(bundle, "rootfs/newborn"));
  return bundle;
}

interface StartedNewborn {
  readonly id: string;
  readonly newborn: Newborn;
}

async function startNewborn(tskata: TestTskata, bundle: string): Promise<StartedNewborn> {
  const id = tskata.newId();
  return { id, newborn: await Newborn.start(tskata, ["run", "--bundle", bundle, id]) };
}

function stagesOf(tskata: TestTskata, id: string): string[] {
  const path = join(tskata.record(id).runDirectory, "timings.json");
  return (JSON.parse(readFileSync(path, "utf8")) as Stage[]).map(({ stage }) => stage);
}

/** Checks that no fact is the same for two of them. */
function nothingInCommon(t: Test, newborns: readonly Newborn[]): void {
  for (const name of RANDOM_FACTS) {
    const values = newborns.map((newborn) => newborn.fact(name));
    t.equal(new Set(values).size, values.length, `${name}: ${values.join(" ")}`);
  }
}

async function clockIsRight(t: Test, newborn: Newborn): Promise<void> {
  const { from, to } = await newborn.clockError();
  const text = `${from.toFixed(1)} to ${to.toFixed(1)} ms ahead`;
  t.ok(from <= CLOCK_TOLERANCE_MS && to >= -CLOCK_TOLERANCE_MS, text);
  t.ok(to - from <= CLOCK_TOLERANCE_MS, `the bounds are near enough to tell: ${text}`);
}

t.test("clones of one template draw nothing alike, from their first instruction on", async (t) => {
  const tskata = withTemplates(t);
  const bundle = newbornBundle(tskata);
  const made: StartedNewborn[] = [];
  // One after another: those that keep each other waiting would differ by when they do what.
  for (let count = 0; count < CLONES; count += 1) made.push(await startNewborn(tskata, bundle));
  const newborns = made.map(({ newborn }) => newborn);
  for (const { id } of made) t.ok(stagesOf(tskata, id).includes("clone"), `${id} is a clone`);
  nothingInCommon(t, newborns);

  for (const newborn of newborns) await clockIsRight(t, newborn);

  const [{ id }, first] = [made[0] as { id: string }, newborns[0] as Newborn];
  const executed = await Newborn.start(tskata, ["exec", id, "/newborn"]);
  t.equal(executed.fact("boot"), first.fact("boot"), "one boot id within a VM");
  t.not(executed.fact("first"), first.fact("first"));
  for (const newborn of [executed, ...newborns]) t.equal((await newborn.end()).status, 0);
});

t.test("a VM that boots has the same of its own", async (t) => {
  const tskata = withTemplates(t, false);
  const bundle = newbornBundle(tskata);
  const made = await Promise.all([startNewborn(tskata, bundle), startNewborn(tskata, bundle)]);
  for (const { id } of made) t.notOk(stagesOf(tskata, id).includes("clone"), `${id} is no clone`);
  nothingInCommon(
    t,
    made.map(({ newborn }) => newborn),
  );
  for (const { newborn } of made) {
    await clockIsRight(t, newborn);
    t.equal((await newborn.end()).status, 0);
  }
});
