/** What a filter sees of a system call: struct seccomp_data. */
export interface SystemCall {
  readonly number: number;
  readonly architecture: number;
  readonly args?: readonly bigint[];
}

/** The result of a filter, and how many instructions it took. */
export interface FilterRun {
  readonly returns: number;
  readonly steps: number;
}

/** Runs a classic BPF program as the kernel does, and fails on whatever its checker would refuse. */
export function runFilter(program: Uint8Array, call: SystemCall): FilterRun {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.architecture, true);
  (call.args ?? []).forEach((value, index) => data.setBigUint64(16 + index * 8, value, true));
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const length = program.byteLength / 8;
  let accumulator = 0;
  let steps = 0;
  for (let at = 0; at < length; at += 1, steps += 1) {
    const k = code.getUint32(at * 8 + 4, true);
    const jump = (taken: boolean): number => code.getUint8(at * 8 + (taken ? 2 : 3));
    switch (code.getUint16(at * 8, true)) {
      case 0x20:
        if (k % 4 !== 0 || k >= 64) throw new Error(`load from ${k}`);
        accumulator = data.getUint32(k, true);
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05:
        at += k;
        break;
      case 0x15:
        at += jump(accumulator === k);
        break;
      case 0x25:
        at += jump(accumulator > k);
        break;
      case 0x35:
        at += jump(accumulator >= k);
        break;
      case 0x06:
        return { returns: k, steps: steps + 1 };
      default:
        throw new Error(`unknown instruction at ${at}`);
    }
  }
  throw new Error("the program ran past its end");
}
