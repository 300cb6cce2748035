import { join } from "node:path";

/** The files of a captured VM; those of one form of template are there. */
export interface TemplateFiles {
  /** The guest's memory, as large as that is; what the guest never touched are holes. */
  readonly memory: string;
  /** What its devices were: a migration stream without memory. */
  readonly state: string;
  /** Where the QEMU listens that is forked. Whoever removes it ends that QEMU. */
  readonly forkSocket: string;
}

/** The layout of a template's directory; makes nothing. */
export function templateFilesIn(directory: string): TemplateFiles {
  return {
    memory: join(directory, "memory"),
    state: join(directory, "state"),
    forkSocket: join(directory, "fork.sock"),
  };
}
