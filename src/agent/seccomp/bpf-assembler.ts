/** A place in the program that a jump leads to, counted from the program's end. */
export interface Target {
  readonly fromEnd: number;
  /** Set where the place only returns this value, so that it may as well be copied. */
  readonly returns?: number;
}

/** The comparisons of a conditional jump: A == k, A > k, A >= k, (A & k) != 0. */
export type Comparison = "equal" | "greater" | "greater-or-equal" | "any-bit";

const CODE = {
  "load-word": 0x20,
  and: 0x54,
  "jump-always": 0x05,
  equal: 0x15,
  greater: 0x25,
  "greater-or-equal": 0x35,
  "any-bit": 0x45,
  return: 0x06,
} as const;

/** BPF_MAXINSNS: the kernel takes no longer program. */
const MAX_INSTRUCTIONS = 4096;

/** Farthest that the 8-bit offset of a conditional jump leads. */
const MAX_DISTANCE = 255;

interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly k: number;
}

/**
 * Writes a classic BPF program (linux/filter.h) from its end to its start:
 * jumps lead forward only, so that whatever they lead to exists already and
 * its distance is known. Each method gives the place of what it wrote.
 */
export class BpfAssembler {
  /** The program, last instruction first. */
  readonly #reversed: Instruction[] = [];
  readonly #returns = new Map<number, Target>();

  /** A place that returns `value`; one that was written already is used again. */
  return(value: number): Target {
    return this.#returns.get(value) ?? this.#writeReturn(value);
  }

  /** Loads the 32-bit word at `offset` of the data into A, then goes on at `next`. */
  load(offset: number, next: Target): Target {
    return this.#writeBefore(next, { code: CODE["load-word"], ifTrue: 0, ifFalse: 0, k: offset });
  }

  /** Masks A, then goes on at `next`. */
  and(mask: number, next: Target): Target {
    return this.#writeBefore(next, { code: CODE.and, ifTrue: 0, ifFalse: 0, k: mask });
  }

  /** Compares A with `k` and goes on at one of two places. */
  branch(comparison: Comparison, k: number, ifTrue: Target, ifFalse: Target): Target {
    if (ifTrue.fromEnd === ifFalse.fromEnd) return ifTrue;
    // What is out of reach gets a stepping stone close by; writing the second moves the first one farther off.
    const nearTrue = this.#within(ifTrue, MAX_DISTANCE - 1);
    const nearFalse = this.#within(ifFalse, MAX_DISTANCE);
    return this.#write({
      code: CODE[comparison],
      ifTrue: this.#distance(nearTrue),
      ifFalse: this.#distance(nearFalse),
      k,
    });
  }

  /**
   * The whole program, `start` being its first instruction, as an array of
   * struct sock_filter in little-endian order.
   *
   * @throws RangeError where it is longer than the kernel takes
   */
  assemble(start: Target): Uint8Array {
    const program = this.#reversed.slice(0, this.#before(start).fromEnd + 1).toReversed();
    if (program.length > MAX_INSTRUCTIONS) {
      throw new RangeError(`the program has ${program.length} instructions, the kernel takes ${MAX_INSTRUCTIONS}`);
    }
    const bytes = new Uint8Array(program.length * 8);
    const view = new DataView(bytes.buffer);
    program.forEach((instruction, index) => {
      view.setUint16(index * 8, instruction.code, true);
      view.setUint8(index * 8 + 2, instruction.ifTrue);
      view.setUint8(index * 8 + 3, instruction.ifFalse);
      view.setUint32(index * 8 + 4, instruction.k, true);
    });
    return bytes;
  }

  #write(instruction: Instruction): Target {
    return { fromEnd: this.#reversed.push(instruction) - 1 };
  }

  #writeReturn(value: number): Target {
    const written = { ...this.#write({ code: CODE.return, ifTrue: 0, ifFalse: 0, k: value }), returns: value };
    this.#returns.set(value, written);
    return written;
  }

  /** Writes an instruction that runs into `next`. */
  #writeBefore(next: Target, instruction: Instruction): Target {
    this.#before(next);
    return this.#write(instruction);
  }

  /** Makes `next` the place that the next written instruction runs into. */
  #before(next: Target): Target {
    if (this.#distance(next) === 0) return next;
    if (next.returns !== undefined) return this.#writeReturn(next.returns);
    return this.#write({ code: CODE["jump-always"], ifTrue: 0, ifFalse: 0, k: this.#distance(next) });
  }

  #within(target: Target, distance: number): Target {
    if (this.#distance(target) <= distance) return target;
    if (target.returns === undefined) return this.#before(target);
    const known = this.#returns.get(target.returns);
    return known !== undefined && this.#distance(known) <= distance ? known : this.#writeReturn(target.returns);
  }

  /** Instructions that a jump written now has to pass to come to `target`. */
  #distance(target: Target): number {
    return this.#reversed.length - 1 - target.fromEnd;
  }
}
