/** Instruction codes (linux/bpf.h): class, operation and operand. */
export const CODE = {
  loadWord: 0x61,
  storeWord: 0x63,
  moveConstant: 0xb7,
  moveRegister: 0xbf,
  andConstant: 0x57,
  shiftRight: 0x77,
  jumpIfEqual: 0x15,
  jumpIfNotEqual: 0x55,
  /** Compares the lower halves. */
  jumpIfWordNotEqual: 0x56,
  exit: 0x95,
} as const;

/** Register 0 is the result and 1 the context; the others are free to choose. */
export const RESULT = 0;
/** The register that has what the program is about. */
export const CONTEXT = 1;

/** One instruction; absent members are 0. */
export interface Instruction {
  readonly code: number;
  readonly to?: number;
  readonly from?: number;
  readonly offset?: number;
  readonly constant?: number;
}

/** An eBPF program as an array of struct bpf_insn, little-endian. */
export function encodeProgram(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach(({ code, to = 0, from = 0, offset = 0, constant = 0 }, index) => {
    view.setUint8(index * 8, code);
    view.setUint8(index * 8 + 1, (from << 4) | to);
    view.setInt16(index * 8 + 2, offset, true);
    view.setInt32(index * 8 + 4, constant, true);
  });
  return bytes;
}
