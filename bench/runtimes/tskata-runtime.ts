import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "../../src/host/sandbox/timings.js";
import type { RuntimeName } from "../figure.js";
import { CommandRuntime } from "./command-runtime.js";

/** How a tskata that is measured is set up. */
export interface TskataSetup {
  readonly name: RuntimeName;
  /** The checkout, built. */
  readonly root: string;
  /** Of its own; made. */
  readonly directory: string;
  /** May be another's: templates have names of their own. */
  readonly templateDirectory: string;
  readonly template: boolean;
  /** How files are shared; the configuration's default where absent. */
  readonly backend?: ShareBackend;
}

/** Those of the configuration's `share.backend` that are measured. */
export type ShareBackend = "virtiofs" | "9p";

/** `bin/tskata` with directories and a configuration of its own. */
export class TskataRuntime extends CommandRuntime {
  /** Has a directory for each VM. */
  readonly runDirectory: string;
  /** Has a directory for each container. */
  readonly stateRoot: string;
  /** Has a directory for each template. */
  readonly templateDirectory: string;

  constructor(setup: TskataSetup) {
    const { name, root, directory, templateDirectory } = setup;
    const stateRoot = join(directory, "state");
    const runDirectory = join(directory, "run");
    const config = join(directory, "config.toml");
    super({
      name,
      marker: `${directory}/`,
      command: [join(root, "bin/tskata"), "--root", stateRoot],
      env: { TSKATA_CONFIG: config },
    });
    for (const path of [directory, stateRoot, runDirectory]) mkdirSync(path, { mode: 0o711 });
    writeFileSync(config, configuration(setup, runDirectory));
    this.runDirectory = runDirectory;
    this.stateRoot = stateRoot;
    this.templateDirectory = templateDirectory;
  }

  /** The stages of the one VM that is there. */
  stages(): Stage[] {
    const [sandbox = ""] = readdirSync(this.runDirectory);
    return JSON.parse(readFileSync(join(this.runDirectory, sandbox, "timings.json"), "utf8")) as Stage[];
  }

  /** Changes a container's limits. */
  update(id: string, flags: readonly string[]): Promise<number> {
    return this.time(["update", ...flags, id]);
  }
}

/** The keys that a measurement depends on, in one place. */
function configuration({ template, backend, templateDirectory }: TskataSetup, runDirectory: string): string {
  return [
    `[paths]\nrun_dir = "${runDirectory}"\ntemplate_dir = "${templateDirectory}"`,
    `[template]\nenabled = ${template}`,
    ...(backend === undefined ? [] : [`[share]\nbackend = "${backend}"`]),
    "",
  ].join("\n");
}
