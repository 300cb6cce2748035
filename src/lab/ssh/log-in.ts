import type { AnyAuthMethod } from "ssh2";
import { messageOf, TskataError } from "../../common/error.js";
import type { Identities, Identity } from "./identities.js";
import { formatTarget, type SshTarget } from "./target.js";

/** Tries one key after the other, and remembers what was tried (RFC 4252, method `publickey`). */
export class LogIn {
  readonly #target: SshTarget;
  readonly #identities: Identities;
  readonly #left: Identity[];
  readonly #tried: string[] = [];
  #methods: readonly string[] | undefined;
  #exhausted = false;

  constructor(target: SshTarget, identities: Identities) {
    this.#target = target;
    this.#identities = identities;
    this.#left = [...identities.keys];
  }

  /** Whether a key was tried. */
  get started(): boolean {
    return this.#tried.length > 0;
  }

  /** Whether none is left to try. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** The next method to try; false when none is left. */
  next(methodsLeft: readonly string[] | null): AnyAuthMethod | false {
    if (methodsLeft !== null) this.#methods = methodsLeft;
    const identity = this.#methods?.includes("publickey") === false ? undefined : this.#left.shift();
    this.#exhausted = identity === undefined;
    if (identity === undefined) return false;
    this.#tried.push(identity.name);
    const { use } = identity;
    const { user: username } = this.#target;
    return "key" in use ? { type: "publickey", username, key: use.key } : { type: "agent", username, agent: use.agent };
  }

  /** Takes what went wrong with the last key, such as an agent that didn't sign. */
  note(error: Error): void {
    const last = this.#tried.pop() ?? "agent";
    this.#tried.push(`${last}: ${messageOf(error)}`);
  }

  /** Why nobody was let in, with all that was tried. */
  refusal(found = "nobody was let in"): TskataError {
    const { user, host } = this.#target;
    const tried = this.#tried.length > 0 ? `tried ${this.#tried.join(", ")}` : "no key was tried";
    const notes = this.#identities.notes.length > 0 ? `; not tried: ${this.#identities.notes.join(", ")}` : "";
    const methods = this.#methods === undefined ? "" : `; the host takes ${this.#methods.join(", ") || "nothing more"}`;
    const advice = `add a key to ~${user}/.ssh/authorized_keys on ${host}, or name another with --identity`;
    return new TskataError(
      "permission",
      `${formatTarget(this.#target)}: ${found}: ${tried}${notes}${methods}: ${advice}`,
    );
  }
}
