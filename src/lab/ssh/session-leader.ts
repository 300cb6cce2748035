import { Transform, type TransformCallback } from "node:stream";
import { randomHex } from "../../common/random-hex.js";

const MAX_BEFORE_BYTES = 64 * 1024;

/**
 * Has a command tell the process group that it runs in, on a line of its
 * standard error that is taken out again. sshd(8) of OpenSSH refuses to pass
 * on signals where root has logged in, so that kill(1) has to send them.
 */
export class SessionLeader {
  readonly #mark = `tskata-session-${randomHex(8)}:`;
  /** Takes the standard error of the command, and gives it without the line. */
  readonly filter: Transform;
  /** The process group; undefined where the standard error has ended, or much of it has passed, without the line. */
  readonly group: Promise<number | undefined>;

  constructor() {
    let settle: (group: number | undefined) => void = () => undefined;
    this.group = new Promise((resolve) => (settle = resolve));
    let held: Buffer | undefined = Buffer.alloc(0);
    let passed = 0;
    // the shell's start-up files may have written lines before it
    const search = (text: Buffer, ended: boolean): Buffer => {
      const found = new RegExp(`^${this.#mark}(\\d+)\\n`, "m").exec(text.toString("latin1"));
      const lines = ended ? text.length : text.lastIndexOf(0x0a) + 1;
      if (found === null) passed += lines;
      if (found === null && !ended && passed <= MAX_BEFORE_BYTES && text.length - lines <= MAX_BEFORE_BYTES) {
        held = text.subarray(lines);
        return text.subarray(0, lines);
      }
      held = undefined;
      settle(found === null ? undefined : Number(found[1]));
      if (found === null) return text;
      return Buffer.concat([text.subarray(0, found.index), text.subarray(found.index + found[0].length)]);
    };
    this.filter = new Transform({
      transform(chunk: Buffer, _encoding, done: TransformCallback) {
        done(null, held === undefined ? chunk : search(Buffer.concat([held, chunk]), false));
      },
      flush(done: TransformCallback) {
        done(null, held === undefined ? undefined : search(held, true));
      },
    });
  }

  /** The command with what makes it tell, for a POSIX shell. */
  wrap(command: string): string {
    return `echo ${this.#mark}$$ >&2\n${command}`;
  }
}
