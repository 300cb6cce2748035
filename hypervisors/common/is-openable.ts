import { closeSync, constants, openSync } from "node:fs";
import { errnoName } from "../../src/common/error.js";

/** Whether this process can open a device to read and write. It is tried: a device whose module is missing has a name. */
export function isOpenable(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_RDWR));
    return true;
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return false;
  }
}
