import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, readdirSync } from "node:fs";
import { join } from "node:path";

const INSTALLED = "/usr/lib/postgresql";
const SHARED = "/usr/share/postgresql";
/** The server refuses to be root; this user is everywhere. */
export const NOBODY = 65534;

/** Debian's PostgreSQL on this machine: the newest that is installed. */
export class Postgres {
  readonly #version: string;

  private constructor(version: string) {
    this.#version = version;
  }

  /** @throws Error where there is none */
  static find(): Postgres {
    const [newest] = readdirSync(INSTALLED).toSorted((one, other) => Number(other) - Number(one));
    if (newest === undefined) throw new Error(`${INSTALLED} is empty: apt-get install postgresql`);
    return new Postgres(newest);
  }

  /** Path of one of its programs. */
  program(name: string): string {
    return join(INSTALLED, this.#version, "bin", name);
  }

  /** A library of the server's, which looks for a folder of them when it starts. */
  get library(): string {
    return join(INSTALLED, this.#version, "lib/plpgsql.so");
  }

  /** What its server reads besides its data. */
  get sharedFolder(): string {
    return join(SHARED, this.#version);
  }

  /** Makes an empty database of `nobody`'s in an empty directory, whose every page has a checksum. */
  initialize(directory: string): void {
    chownSync(directory, NOBODY, NOBODY);
    chmodSync(directory, 0o700);
    const options = ["--username=postgres", "--auth=trust", "--no-locale", "--encoding=UTF8", "--data-checksums"];
    this.asNobody("initdb", "--no-sync", ...options, `--pgdata=${directory}`);
  }

  /** Runs one of its programs on the host, as `nobody`, and returns what it says. */
  asNobody(program: string, ...args: readonly string[]): string {
    const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
    // what it finds here goes into its settings, and a container has no time zones
    const env = { PATH: process.env["PATH"], TZ: "GMT" };
    return execFileSync("setpriv", [...user, this.program(program), ...args], { encoding: "utf8", env, cwd: "/" });
  }
}
