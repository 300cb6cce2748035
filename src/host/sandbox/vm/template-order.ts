import type { HostPrograms, VmSettings } from "./vm-settings.js";

/** What the maker of a template reads from its standard input, as JSON. */
export interface TemplateOrder {
  readonly vm: VmSettings;
  readonly programs: HostPrograms;
  /** Of the templates. */
  readonly directory: string;
}
