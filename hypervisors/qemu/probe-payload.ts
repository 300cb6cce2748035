/** The assembled probe-payload.S; its test assembles the source again and compares. */
const CODE = Buffer.from(
  "+vyMyI7YZg8BFpCBDyDAZoPIAQ8iwGbqHoAPAAgAZrgQAI7YjsCO0LwAkAAAvwAAAQAxwLkADAAA86vHBQAAAQADEAEAxwUAEAEA" +
    "AyABAMcFACABAIMAAAC4IAAAAA8i4LgAAAEADyLYuYAAAMAPMg0AAQAADzAPIMANAAAAgA8iwOqJgA8AGAAxwA+isDTmQzHA5kDm" +
    "QLlAS0wA4v6/AwAAAOh7AAAATYnERYnNMe3oUQAAAOhbAAAAgf1g6gAAcu7oXAAAAESJyOhGAAAATSngSIPsEMcEJFRTS1CJbCQE" +
    "TIlEJAhIiea5EAAAAGa66QDzbkiDxBD/z3WnZroBBbAQ7vTr/THA5kPkQIjD5ECIxIjYw2ZBKcVBD7fVAdVBicXDScfC/////0G7" +
    "EAAAAA8xSMHiIEgJ0EmJxujF////QYnHDzFIweIgSAnQTCnwTDnQcw9JicJI0ehMAfBJicBFiflB/8t1x8NmDx9EAAAAAAAAAAAA" +
    "AP//AAAAm88A//8AAACTzwD//wAAAJuvAB8AcIEPAA==",
  "base64",
);

const IMAGE_BYTES = 64 * 1024;
/** Where the image is mapped below 1 MiB, as a real-mode segment. */
const SEGMENT = 0xf000;
const CODE_OFFSET = 0x8000;
const RESET_OFFSET = 0xfff0;
const FAR_JUMP = 0xea;

const RECORD_BYTES = 16;
const RECORDS = 3;
const MAGIC = "TSKP";
const PIT_HZ = 1_193_182;
/** By how much of itself a frequency may differ between two measurements that agree. */
const AGREEMENT = 200e-6;

/** The status with which QEMU ends when the payload got to its end: isa-debug-exit's `value * 2 + 1`. */
export const PAYLOAD_EXIT_STATUS = 0x10 * 2 + 1;

/** A firmware image (`-bios`) that runs the payload from the reset vector. */
export function payloadFirmware(): Buffer {
  const image = Buffer.alloc(IMAGE_BYTES);
  CODE.copy(image, CODE_OFFSET);
  image.writeUInt8(FAR_JUMP, RESET_OFFSET);
  image.writeUInt16LE(CODE_OFFSET, RESET_OFFSET + 1);
  image.writeUInt16LE(SEGMENT, RESET_OFFSET + 3);
  return image;
}

/** The code alone, for its test. */
export function payloadCode(): Buffer {
  return Buffer.from(CODE);
}

/**
 * The time-stamp counter's frequency by what the payload wrote: the mean of the
 * two of its measurements that are nearest to each other. Each is good to some
 * 20 ppm, but for one in which the host let QEMU wait for more than the 55 ms
 * after which the timer begins anew.
 *
 * @returns kHz, "uneven" where no two measurements agree, or undefined where the output is not the payload's
 */
export function parsePayloadOutput(output: Buffer): number | "uneven" | undefined {
  if (output.length !== RECORD_BYTES * RECORDS) return undefined;
  const frequencies: number[] = [];
  for (let at = 0; at < output.length; at += RECORD_BYTES) {
    const pitTicks = output.readUInt32LE(at + 4);
    if (output.toString("latin1", at, at + 4) !== MAGIC || pitTicks === 0) return undefined;
    const tscTicks = Number(output.readBigUInt64LE(at + 8));
    frequencies.push((tscTicks * PIT_HZ) / pitTicks / 1000);
  }
  const [low = 0, middle = 0, high = 0] = frequencies.toSorted((a, b) => a - b);
  const [from, to] = middle - low < high - middle ? [low, middle] : [middle, high];
  return to - from > from * AGREEMENT ? "uneven" : Math.round((from + to) / 2);
}
