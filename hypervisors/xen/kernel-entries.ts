import { open, type FileHandle } from "node:fs/promises";
import { bootFileUnusable } from "../common/host-errors.js";

/** The ways in which Xen can start a kernel. */
export interface KernelEntries {
  readonly pvh: boolean;
  readonly pv: boolean;
}

const ELF_MAGIC = Buffer.from("7f454c4602", "hex"); // 64 bits
const PT_NOTE = 4;
const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const NOTE_BYTES = 12;
/** Far more than kernels have. */
const MAX_NOTES_BYTES = 64 * 1024;
/** Of Xen's public/elfnote.h: where a PV guest starts, and a PVH guest. */
const XEN_ELFNOTE_ENTRY = 1;
const XEN_ELFNOTE_PHYS32_ENTRY = 18;

/**
 * Reads from a kernel's notes how Xen can start it: elf(5). Of what isn't a
 * 64-bit ELF file, such as a bzImage, nothing is known, and Xen has to see.
 *
 * @throws TskataError `not-found` or `internal` where the file can't be read
 */
export async function kernelEntries(path: string): Promise<KernelEntries> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    return await readEntries(file);
  } catch (cause) {
    throw bootFileUnusable("kernel", path, cause);
  } finally {
    await file?.close();
  }
}

async function readEntries(file: FileHandle): Promise<KernelEntries> {
  const header = await bytesAt(file, 0, HEADER_BYTES);
  if (header.length < HEADER_BYTES || !header.subarray(0, ELF_MAGIC.length).equals(ELF_MAGIC))
    return { pvh: true, pv: true };
  const [offset, count] = [Number(header.readBigUInt64LE(32)), header.readUInt16LE(56)];
  const segments = await bytesAt(file, offset, count * SEGMENT_BYTES);
  const types = new Set<number>();
  for (let at = 0; at + SEGMENT_BYTES <= segments.length; at += SEGMENT_BYTES) {
    if (segments.readUInt32LE(at) !== PT_NOTE) continue;
    const size = Math.min(Number(segments.readBigUInt64LE(at + 32)), MAX_NOTES_BYTES);
    for (const type of xenNotes(await bytesAt(file, Number(segments.readBigUInt64LE(at + 8)), size))) types.add(type);
  }
  return { pvh: types.has(XEN_ELFNOTE_PHYS32_ENTRY), pv: types.has(XEN_ELFNOTE_ENTRY) };
}

/** The types of the notes that are Xen's. */
function xenNotes(notes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + NOTE_BYTES <= notes.length;) {
    const [nameBytes, valueBytes] = [notes.readUInt32LE(at), notes.readUInt32LE(at + 4)];
    const name = notes.toString("latin1", at + NOTE_BYTES, at + NOTE_BYTES + nameBytes);
    if (name === "Xen\0") types.push(notes.readUInt32LE(at + 8));
    at += NOTE_BYTES + aligned(nameBytes) + aligned(valueBytes);
  }
  return types;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
