import { isAlive, type ProcessIdentity } from "../state/process-identity.js";

/** What is recorded of a template, in `template.json` beside its files. */
export interface TemplateRecord {
  readonly version: 1;
  /** Hash of the inputs, and the name of its directory. */
  readonly key: string;
  /** What it was made from; any change of it makes another template. */
  readonly inputs: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly created: string;
  /** The number that the next stream to its agent gets. */
  readonly nextStreamId: number;
  /** The process that it lives and dies with; absent for one that is files alone. */
  readonly holder?: ProcessIdentity;
}

/** A template that is there. */
export interface Template extends TemplateRecord {
  /** Its directory, with the driver's files and the record. */
  readonly directory: string;
}

/** Whether the process that it lives with is there, where there is one. */
export function isHeld({ holder }: Pick<Template, "holder">): boolean {
  return holder === undefined || isAlive(holder);
}
