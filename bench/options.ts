/** What the benchmark is asked for. */
export interface BenchOptions {
  /** Of what doesn't take long; the rest is done less often. */
  readonly rounds: number;
  /** Names of measurements; all where empty. */
  readonly only: readonly string[];
  /** Rounds of the soak, which is done instead of the measurements; undefined where it isn't asked for. */
  readonly soak?: number;
  /** How many files containers work with, instead of the measurements; undefined where it isn't asked for. */
  readonly files?: number;
}

const ROUNDS = 20;
const SOAK_ROUNDS = 1000;
const FILES = 100_000;
const USAGE = "usage: npm run bench -- [--rounds N] [--only NAME...] [--soak [N]] [--files [N]]";

/**
 * Reads the command line.
 *
 * @param names of all measurements
 * @throws Error that says what is wrong
 */
export function benchOptions(args: readonly string[], names: readonly string[]): BenchOptions {
  let options: BenchOptions = { rounds: ROUNDS, only: [] };
  const rest = [...args];
  for (let flag = rest.shift(); flag !== undefined; flag = rest.shift()) {
    const end = rest.findIndex((word) => word.startsWith("-"));
    const values = rest.splice(0, end === -1 ? rest.length : end);
    if (flag === "--rounds" && values.length === 1) options = { ...options, rounds: positive(flag, values[0]) };
    else if (flag === "--soak" && values.length < 2)
      options = { ...options, soak: positive(flag, values[0], SOAK_ROUNDS) };
    else if (flag === "--files" && values.length < 2) options = { ...options, files: positive(flag, values[0], FILES) };
    else if (flag === "--only" && values.length > 0) options = { ...options, only: known(values, names) };
    else throw new Error(`${[flag, ...values].join(" ")}: not understood; ${USAGE}`);
  }
  return options;
}

function positive(flag: string, text: string | undefined, otherwise?: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (number === undefined || !Number.isInteger(number) || number < 1) {
    throw new Error(`${flag} takes a positive whole number, not ${text}`);
  }
  return number;
}

function known(wanted: readonly string[], names: readonly string[]): readonly string[] {
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length === 0) return wanted;
  throw new Error(`--only: there is no measurement ${unknown.join(", ")}; there are: ${names.join(", ")}`);
}
