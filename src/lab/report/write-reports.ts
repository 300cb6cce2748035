import { rename, realpath, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoName, type ErrorCode, messageOf, TskataError } from "../../common/error.js";
import { randomHex } from "../../common/random-hex.js";
import { htmlPage } from "./html-page.js";
import { jsonText } from "./json-text.js";
import { junitText } from "./junit-text.js";
import type { LabReport } from "./lab-report.js";

/** Where reports are to be written; what isn't named isn't. */
export interface ReportPaths {
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
}

const TEXTS = { json: jsonText, junit: junitText, html: htmlPage } as const satisfies Record<
  keyof ReportPaths,
  (report: LabReport) => string
>;

/** What an errno means for a file that is to be written, see open(2), write(2) and rename(2). */
const FAULTS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ["not-found", "its directory doesn't exist: make that first"],
  ENOTDIR: ["not-found", "a part of the path is no directory"],
  EISDIR: ["invalid-argument", "that is a directory: name a file in it"],
  EACCES: ["permission", "the user may not write there"],
  EPERM: ["permission", "the system doesn't allow it"],
  EROFS: ["permission", "that filesystem is read-only"],
  ENOSPC: ["resource", "no space is left there"],
  EDQUOT: ["resource", "the user's disk quota is used up"],
};

/**
 * Writes a report in the forms that were asked for, each whole or not at all:
 * a file that is there is replaced at once. What is no regular file (a pipe,
 * `/dev/stdout`) is written to. One that can't be written keeps none of the
 * others from it.
 *
 * @throws TskataError that names each path that couldn't be written, with the
 *   code of the first
 */
export async function writeReports(report: LabReport, paths: ReportPaths): Promise<void> {
  const failures: TskataError[] = [];
  for (const form of ["json", "junit", "html"] as const) {
    const path = paths[form];
    if (path === undefined) continue;
    try {
      await writeWhole(path, TEXTS[form](report));
    } catch (cause) {
      const [code, fault] = FAULTS[errnoName(cause) ?? ""] ?? ["internal", messageOf(cause)];
      failures.push(new TskataError(code, `write the ${form} report to ${path}: ${fault}`, { cause }));
    }
  }
  const [first] = failures;
  if (first === undefined) return;
  throw new TskataError(first.code, failures.map(({ message }) => message).join("; "), { cause: first });
}

async function writeWhole(path: string, text: string): Promise<void> {
  const target = await fileBehind(path);
  if (target === undefined) return writeFile(path, text);
  const temporary = join(dirname(target), `.${basename(target)}.${randomHex(4)}.tmp`);
  try {
    await writeFile(temporary, text, { flag: "wx" });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The file that a path names, through symbolic links; undefined where something that is no file is there. */
async function fileBehind(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isFile() ? await realpath(path) : undefined;
  } catch (error) {
    if (errnoName(error) === "ENOENT") return path;
    throw error;
  }
}
