import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { anonymousBytes } from "../../common/anonymous-memory.js";
import { errnoName, messageOf } from "../../common/error.js";
import { signalProcess } from "../state/process-identity.js";
import { isOfThisPidNamespace, type TemplateIdentity, whyStale } from "./template-key.js";
import { isHeld, type Template, type TemplateRecord } from "./template.js";

const RECORD = "template.json";
/** Of the names of directories in which templates are made, and thrown away; the pid of who does it follows. */
const STAGING = "making-";
const DISCARDED = "discarded-";
const FAILURE = ".failed";
/** Others may pass through, but not look: VMMs run as another user. */
const PASSABLE = 0o711;
const KEY_PATTERN = /^[0-9a-f]{16}$/;
/** How long a failure keeps others from trying the same again, in milliseconds. */
const FAILURE_LASTS_MS = 5 * 60_000;
/** Those of other configurations that are kept; the older ones go. */
const MOST_TEMPLATES = 8;

/** Why the making of a template failed. */
export interface TemplateFailure {
  /** For people. */
  readonly reason: string;
  /** RFC 3339. */
  readonly at: string;
}

/** The directory of all templates (`paths.template_dir`). */
export class TemplateStore {
  readonly directory: string;

  /** @param directory absolute; made when the first template is */
  constructor(directory: string) {
    this.directory = directory;
  }

  /** Whoever makes a template holds it (flock(2)). */
  get lockPath(): string {
    return join(this.directory, "lock");
  }

  /** Where the template of this key is, or would be. */
  pathOf(key: string): string {
    return join(this.directory, key);
  }

  /** Where the record of the template of this key is, or would be: it comes with all the rest. */
  recordPath(key: string): string {
    return join(this.pathOf(key), RECORD);
  }

  /** Where a failure to make the template of this key is noted. */
  failurePath(key: string): string {
    return `${this.pathOf(key)}${FAILURE}`;
  }

  /** Makes the directory. */
  prepare(): void {
    mkdirSync(this.directory, { recursive: true, mode: PASSABLE });
  }

  /** The template of these inputs, or undefined. */
  find({ key, inputs }: TemplateIdentity): Template | undefined {
    const template = this.#read(key);
    // A hash is no proof.
    return template !== undefined && JSON.stringify(template.inputs) === JSON.stringify(inputs) ? template : undefined;
  }

  /** All templates, the newest first. */
  list(): Template[] {
    return this.#names()
      .flatMap((name) => (KEY_PATTERN.test(name) ? (this.#read(name) ?? []) : []))
      .toSorted((a, b) => b.created.localeCompare(a.created));
  }

  /** Makes an empty directory for a template that is to be made, with the lock held. What others left half-made goes. */
  stage(): string {
    for (const name of this.#names()) {
      if (name.startsWith(STAGING) || name.startsWith(DISCARDED)) this.#delete(join(this.directory, name));
    }
    const staged = mkdtempSync(join(this.directory, `${STAGING}${process.pid}-`));
    chmodSync(staged, PASSABLE);
    return staged;
  }

  /** Directories of templates that somebody was making, or throwing away, who is no more. */
  abandoned(): string[] {
    return this.#names()
      .filter((name) => {
        const pid = /^(?:making|discarded)-([0-9]+)-/.exec(name)?.[1];
        return pid !== undefined && !existsSync(`/proc/${pid}`);
      })
      .map((name) => join(this.directory, name));
  }

  /** Removes such a directory, or what is left of one that `stage` made. */
  discard(staged: string): void {
    this.#delete(staged);
  }

  /** Puts a template into its place, with the lock held; those that are of no use any more go. */
  async add(staged: string, record: TemplateRecord): Promise<Template> {
    writeFileSync(join(staged, RECORD), `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o644 });
    const directory = this.pathOf(record.key);
    this.remove(record.key);
    renameSync(staged, directory);
    await this.prune();
    return { ...record, directory };
  }

  /**
   * Removes a template with the process that holds it, and what is known of its failure. VMs that
   * were cloned from it keep what they have of it.
   *
   * @returns whether there was one
   */
  remove(key: string): boolean {
    this.forgetFailure(key);
    const discarded = join(this.directory, `${DISCARDED}${process.pid}-${key}`);
    const holder = this.#read(key)?.holder;
    try {
      // at once: nobody must find a part of one
      renameSync(this.pathOf(key), discarded);
    } catch (error) {
      if (errnoName(error) === "ENOENT") return false;
      throw error;
    }
    this.#delete(discarded);
    // It ends with its directory, unless it hangs.
    if (holder !== undefined) signalProcess(holder, "SIGKILL");
    return true;
  }

  /** Removes templates that no VM will be cloned from any more, and the oldest where there are too many. */
  async prune(): Promise<Template[]> {
    const templates = this.list();
    const stale = await Promise.all(templates.map(async (template) => (await whyUseless(template)) !== undefined));
    const useless = templates.filter((_, index) => stale[index] === true || index >= MOST_TEMPLATES);
    return useless.filter(({ key }) => this.remove(key));
  }

  /** Notes that the template of this key can't be made, for a while. */
  noteFailure(key: string, error: unknown): void {
    const failure: TemplateFailure = { reason: messageOf(error), at: new Date().toISOString() };
    writeFileSync(this.failurePath(key), JSON.stringify(failure), { mode: 0o600 });
  }

  /** Why it could not be made a while ago; undefined where it may be tried. */
  recentFailure(key: string): TemplateFailure | undefined {
    const failure = readJson(this.failurePath(key)) as TemplateFailure | undefined;
    if (failure === undefined) return undefined;
    const ageMs = Date.now() - Date.parse(failure.at);
    return ageMs >= 0 && ageMs < FAILURE_LASTS_MS ? failure : undefined;
  }

  /** Lets it be tried again. */
  forgetFailure(key: string): void {
    rmSync(this.failurePath(key), { force: true });
  }

  #read(key: string): Template | undefined {
    const record = readJson(this.recordPath(key)) as TemplateRecord | undefined;
    return record?.version === 1 && record.key === key
      ? { ...record, directory: dirname(this.recordPath(key)) }
      : undefined;
  }

  #names(): string[] {
    try {
      return readdirSync(this.directory);
    } catch (error) {
      if (errnoName(error) === "ENOENT") return [];
      throw error;
    }
  }

  #delete(path: string): void {
    rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Why no VM will be cloned from a template any more, for people; undefined where one may. What other pid
 * namespaces have isn't seen here.
 */
export async function whyUseless(template: Template): Promise<string | undefined> {
  return !isOfThisPidNamespace(template.inputs) || isHeld(template)
    ? whyStale(template.inputs)
    : "the process that held it has ended";
}

/** What a template takes of the host's memory, its file system's included, in bytes. */
export function templateBytes({ directory, holder, inputs }: Template): number {
  const BLOCK_BYTES = 512;
  const files = readdirSync(directory).map((name) => statSync(join(directory, name)).blocks * BLOCK_BYTES);
  const isSeen = holder !== undefined && isOfThisPidNamespace(inputs);
  return files.reduce((sum, bytes) => sum + bytes, isSeen ? (anonymousBytes(holder.pid) ?? 0) : 0);
}

/** Undefined for a file that isn't there, and for one that isn't whole: whoever wrote it was cut off. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (errnoName(error) === "ENOENT" || errnoName(error) === "ENOTDIR" || error instanceof SyntaxError)
      return undefined;
    throw error;
  }
}
