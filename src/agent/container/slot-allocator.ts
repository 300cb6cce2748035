import { TskataError } from "../../common/error.js";

/** Number of slots that the launcher has. */
const SLOT_COUNT = 64;

/** Hands out the launcher's descriptor slots for one plan. */
export class SlotAllocator {
  #used = 0;

  /** @throws TskataError `resource` when all are taken */
  next(): number {
    if (this.#used === SLOT_COUNT) {
      throw new TskataError("resource", `more than ${SLOT_COUNT} namespaces and id-mapped mounts in one container`);
    }
    this.#used += 1;
    return this.#used - 1;
  }
}
