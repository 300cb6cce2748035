import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { CaseResult } from "../case-result.js";
import type { Suite, SuiteRun } from "../suite.js";

/** A suite that is run from a peer's source. */
export interface SourceSuite {
  readonly name: string;
  /** The peer's name, for messages. */
  readonly peer: string;
  /** Variable with the source's folder. */
  readonly variable: string;
  /** The folder of the tests, in the source. */
  readonly tests: string;
  /** Which files there are the suite's. */
  readonly pattern: RegExp;
  /** Runs one of them, from the folder of the tests. */
  run(folder: string, file: string, run: SuiteRun): Promise<CaseResult[]>;
}

/** Such a suite, which is there where the variable is set. */
export function sourceSuite(suite: SourceSuite): Suite {
  const { name, peer, variable, tests, pattern } = suite;
  return {
    name,
    async prepare() {
      const source = process.env[variable];
      if (source === undefined) return `${variable} doesn't name the folder of ${peer}'s source`;
      const folder = join(source, tests);
      const files = readdirSync(folder).filter((file) => pattern.test(file));
      return { files, oneAtATime: false, run: (file, options) => suite.run(folder, file, options) };
    },
  };
}
