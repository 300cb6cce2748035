import { open, type FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";

/** Sizes of a console log, in bytes. */
export interface ConsoleLogLimits {
  /** When the file would grow beyond this, it starts again. Default 1 MiB. */
  readonly fileBytes?: number;
  /** How much of the latest output it starts again with. Default 64 KiB. */
  readonly tailBytes?: number;
}

const NOTE = Buffer.from("[earlier output dropped]\n");

/**
 * Copies a guest's console into a file of bounded size that always has the
 * latest output. The stream is read only as fast as the file takes it.
 *
 * @returns the error that ended the writing, where there was one; the stream is then read on and dropped, because a
 *   guest must not stand still for its log. Never rejects.
 */
export async function logConsole(
  stream: Readable,
  path: string,
  limits: ConsoleLogLimits = {},
): Promise<Error | undefined> {
  const { fileBytes = 1024 * 1024, tailBytes = 64 * 1024 } = limits;
  let file: FileHandle | undefined;
  let failure: Error | undefined;
  let size = 0;
  let tail = Buffer.alloc(0);

  const write = async (bytes: Buffer): Promise<void> => {
    file ??= await open(path, "w", 0o600);
    if (size + bytes.length > fileBytes) {
      await file.truncate(0);
      size = await writeAt(file, NOTE, 0);
      size += await writeAt(file, tail, size);
    } else {
      size += await writeAt(file, bytes, size);
    }
  };

  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      tail = Buffer.concat([tail, chunk]).subarray(-tailBytes);
      if (failure === undefined) await write(chunk).catch((error: unknown) => (failure = asError(error)));
    }
  } catch (error) {
    failure ??= asError(error);
  } finally {
    await file?.close();
  }
  return failure;
}

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<number> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
  return bytes.length;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
