import { join } from "node:path";

/** The files of a captured VM. */
export interface TemplateFiles {
  /** The guest's memory, as large as that is; what the guest never touched are holes. */
  readonly memory: string;
  /** What its devices were: a migration stream without memory. */
  readonly state: string;
}

/** The layout of a template's directory; makes nothing. */
export function templateFilesIn(directory: string): TemplateFiles {
  return { memory: join(directory, "memory"), state: join(directory, "state") };
}
