import { IDLE } from "../measurements/with-containers.js";
import { digits } from "../../src/common/report/digits.js";
import type { TskataRuntime } from "../runtimes/tskata-runtime.js";
import { median } from "../../src/common/report/median.js";
import type { Workbench } from "../workbench.js";
import { Remains } from "./remains.js";

/** Rounds after which is looked at what is left. */
const CHECKED_EACH = 100;

/** What came of a soak. */
export interface SoakResult {
  /** Milliseconds of each round. */
  readonly durationsMs: readonly number[];
  /** What was left; the soak ends at the first finding. */
  readonly remains: readonly string[];
}

/**
 * Creates, starts and deletes one container after the other, and looks now and
 * then at what they left.
 *
 * @param print hears of each hundred rounds
 */
export async function soak(
  bench: Workbench,
  runtime: TskataRuntime,
  rounds: number,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<SoakResult> {
  const bundle = bench.bundle(IDLE);
  const remains = new Remains(runtime);
  const durationsMs: number[] = [];
  while (durationsMs.length < rounds) {
    signal.throwIfAborted();
    durationsMs.push(await round(runtime, bundle, remains));
    if (durationsMs.length % CHECKED_EACH !== 0 && durationsMs.length < rounds) continue;
    const left = await remains.find();
    const middle = digits(median(durationsMs.slice(-CHECKED_EACH)));
    print(`${durationsMs.length} rounds, of late ${middle} ms each, left: ${left.length}`);
    if (left.length > 0) return { durationsMs, remains: left };
  }
  return { durationsMs, remains: [] };
}

async function round(runtime: TskataRuntime, bundle: string, remains: Remains): Promise<number> {
  const id = runtime.newId();
  const beforeMs = (await runtime.create(bundle, id)) + (await runtime.start(id));
  remains.noteSandboxes();
  return beforeMs + (await runtime.delete(id));
}
