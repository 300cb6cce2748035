import { PROTOCOL_VERSION } from "../../protocol/protocol-version.js";
import type { Configuration } from "../config/configuration.js";
import type { Installation } from "./installation.js";
import { configuredVm } from "./vm-settings.js";

/** What a VM of the pool is made for, as text: whoever asks for just that may have it. */
export function poolSettings(config: Configuration, driver: string, installation: Installation): string {
  return JSON.stringify([PROTOCOL_VERSION, configuredVm(config, driver), installation]);
}
