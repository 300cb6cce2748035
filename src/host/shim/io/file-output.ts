import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { PassThrough } from "node:stream";
import type { Output } from "./output.js";

/** An output that is appended to a file. One that can't be written takes no more, which the process sees as EPIPE. */
export function fileOutput(path: string): Output {
  mkdirSync(dirname(path), { recursive: true });
  const file = createWriteStream(path, { flags: "a", mode: 0o644 });
  const stream = new PassThrough();
  stream.on("error", () => undefined).once("close", () => file.end());
  file.on("error", () => stream.destroy());
  stream.pipe(file);
  return { stream, closed: new Promise((resolve) => file.once("close", resolve)) };
}
