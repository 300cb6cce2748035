import type { Configuration } from "../config/configuration.js";
import type { StateStore } from "../state/state-store.js";

/** What every operation works with. */
export interface RuntimeContext {
  readonly store: StateStore;
  readonly config: Configuration;
  /** Tells people something that doesn't keep the operation from going on. */
  readonly warn: (message: string) => void;
}
