import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { kernelEntries } from "../../../hypervisors/xen/kernel-entries.js";

function file(t: Test, bytes: Buffer): string {
  const directory = mkdtempSync(join(tmpdir(), "kernel-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "kernel"), bytes);
  return join(directory, "kernel");
}

function note(name: string, type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(12);
  [name.length + 1, value.length, type].forEach((field, index) => head.writeUInt32LE(field, index * 4));
  const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  return Buffer.concat([head, padded(Buffer.from(`${name}\0`)), padded(value)]);
}

/** An ELF file with these notes in a segment behind another one. */
function kernel(...notes: Buffer[]): Buffer {
  const header = Buffer.alloc(64);
  Buffer.from("7f454c46020101", "hex").copy(header);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(2, 56);
  const [load, noted] = [Buffer.alloc(56), Buffer.alloc(56)];
  load.writeUInt32LE(1, 0);
  const body = Buffer.concat(notes);
  noted.writeUInt32LE(4, 0);
  noted.writeBigUInt64LE(BigInt(64 + 112), 8);
  noted.writeBigUInt64LE(BigInt(body.length), 32);
  return Buffer.concat([header, load, noted, body]);
}

t.test("kernelEntries() finds the ways that a kernel's notes name, among others", async (t) => {
  const build = note("GNU", 3, Buffer.from("build"));
  const otherType18 = note("GNU", 18, Buffer.alloc(4));
  const pvh = note("Xen", 18, Buffer.alloc(4));
  const pv = note("Xen", 1, Buffer.alloc(8));
  t.strictSame(await kernelEntries(file(t, kernel(build, otherType18))), { pvh: false, pv: false });
  t.strictSame(await kernelEntries(file(t, kernel(build, pvh))), { pvh: true, pv: false });
  t.strictSame(await kernelEntries(file(t, kernel(pv, build, pvh))), { pvh: true, pv: true });
});

t.test("kernelEntries() leaves it to Xen what else a kernel may be, and takes no note for granted", async (t) => {
  t.strictSame(await kernelEntries(file(t, Buffer.from("MZ, a bzImage"))), { pvh: true, pv: true });
  const whole = kernel(note("Xen", 18, Buffer.alloc(4)));
  for (let length = 64; length < whole.length; length += 1) {
    t.type(await kernelEntries(file(t, whole.subarray(0, length))), "object");
  }
});

t.test("kernelEntries() says which file is not there", async (t) => {
  await t.rejects(kernelEntries("/nonexistent/k"), { code: "not-found", message: /kernel \/nonexistent\/k/ });
});
