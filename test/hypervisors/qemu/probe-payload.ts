import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { parsePayloadOutput, payloadCode, payloadFirmware } from "../../../hypervisors/qemu/probe-payload.js";

const SOURCE = join(import.meta.dirname, "../../../hypervisors/qemu/probe-payload.S");

/** As the payload writes it: one record per pair of PIT ticks and TSC ticks. */
function output(...records: readonly (readonly [number, number])[]): Buffer {
  return Buffer.concat(
    records.map(([pitTicks, tscTicks]) => {
      const record = Buffer.alloc(16);
      record.write("TSKP", "latin1");
      record.writeUInt32LE(pitTicks, 4);
      record.writeBigUInt64LE(BigInt(tscTicks), 8);
      return record;
    }),
  );
}

t.test("payloadCode() is what probe-payload.S assembles to", (t) => {
  const directory = t.testdir({});
  const object = join(directory, "payload.o");
  const binary = join(directory, "payload.bin");
  execFileSync("gcc", ["-c", "-nostdlib", "-o", object, SOURCE]);
  execFileSync("ld", [
    "-m",
    "elf_x86_64",
    "-Ttext=0xf8000",
    "--oformat",
    "binary",
    "-e",
    "start",
    "-o",
    binary,
    object,
  ]);
  t.equal(payloadCode().toString("base64"), readFileSync(binary).toString("base64"));
  t.end();
});

t.test("payloadFirmware() jumps from the reset vector to the code", (t) => {
  const image = payloadFirmware();
  t.equal(image.length, 65536);
  t.strictSame([...image.subarray(0xfff0, 0xfff5)], [0xea, 0x00, 0x80, 0x00, 0xf0]);
  t.strictSame(image.subarray(0x8000, 0x8000 + payloadCode().length), payloadCode());
  t.end();
});

t.test("parsePayloadOutput() takes two frequencies that agree", (t) => {
  const right = [60_000, 122_970_000] as const;
  const also = [60_010, 122_990_600] as const;
  // While QEMU waited, the timer began anew, once and twice.
  const [once, twice] = [[60_000, 257_286_000] as const, [60_000, 391_602_000] as const];
  for (const disturbed of [once, twice, [60_000, 60_000_000] as const]) {
    t.equal(parsePayloadOutput(output(disturbed, right, also)), 2_445_428);
    t.equal(parsePayloadOutput(output(also, right, disturbed)), 2_445_428);
  }
  t.equal(parsePayloadOutput(output(right, right, right)), 2_445_427);
  t.end();
});

t.test("parsePayloadOutput() trusts no frequency that stands alone", (t) => {
  const right = [60_000, 122_970_000] as const;
  t.equal(parsePayloadOutput(output(right, [60_000, 257_286_000], [63_000, 263_434_500])), "uneven");
  t.equal(parsePayloadOutput(output([60_000, 257_286_000], right, [60_000, 391_602_000])), "uneven");
  t.end();
});

t.test("parsePayloadOutput() refuses what the payload did not write", (t) => {
  const right = [60_000, 122_970_000] as const;
  t.equal(parsePayloadOutput(Buffer.alloc(0)), undefined);
  t.equal(parsePayloadOutput(output(right, right)), undefined);
  t.equal(parsePayloadOutput(output(right, right, [0, 1])), undefined);
  t.equal(parsePayloadOutput(Buffer.alloc(48, "x")), undefined);
  t.end();
});
