import { connect as connectSocket } from "node:net";
import type { Duplex } from "node:stream";
import ssh2 from "ssh2";
import { withDeadline } from "../../common/deadline.js";
import type { TskataError } from "../../common/error.js";
import { SshConnection } from "./connection.js";
import { connectionError } from "./connection-error.js";
import { checkHostKey, hostKeyAlgorithms } from "./host-key.js";
import { findIdentities } from "./identities.js";
import { defaultKnownHosts, type KnownHost, readKnownHost } from "./known-hosts.js";
import { LogIn } from "./log-in.js";
import { formatTarget, type SshTarget } from "./target.js";

/** How to connect. */
export interface ConnectOptions {
  /** Files of known hosts; default those of ssh(1): the user's own and the machine's. */
  readonly knownHosts?: readonly string[] | undefined;
  /** Files of keys to log in with, and no others; default the agent's keys and then `~/.ssh/id_*`. */
  readonly identities?: readonly string[] | undefined;
  /** Path of the agent's socket, empty for no agent; default $SSH_AUTH_SOCK. */
  readonly agentSocket?: string | undefined;
  /** Milliseconds until one has to be logged in; default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds without an answer after which the host is taken for dead; default 28,000. */
  readonly deadAfterMs?: number | undefined;
  /** A stream to the host's sshd, in place of a TCP connection to it; it belongs to the connection from now on. */
  readonly sock?: Duplex | undefined;
}

const CONNECT_MS = 30_000;
const DEAD_AFTER_MS = 28_000;
/** Keep-alives that go unanswered before a host is taken for dead. */
const KEEP_ALIVES = 3;

/**
 * Connects to a host and logs in there with a key. The host has to be a
 * known one, see checkHostKey().
 *
 * @param signal gives up
 * @throws TskataError `not-found` for a host whose key is not known, `permission` where its key is another one or
 *   nobody was let in, `unavailable` where it can't be reached, `deadline` where it doesn't answer
 */
export async function connect(
  target: SshTarget,
  options: ConnectOptions = {},
  signal?: AbortSignal,
): Promise<SshConnection> {
  const { timeoutMs = CONNECT_MS, sock } = options;
  try {
    return await withDeadline(
      `connect to ${formatTarget(target)}`,
      timeoutMs,
      (signal) => open(target, options, signal),
      signal,
    );
  } catch (error) {
    sock?.destroy();
    throw error;
  }
}

async function open(target: SshTarget, options: ConnectOptions, signal: AbortSignal): Promise<SshConnection> {
  const host = await readKnownHost(options.knownHosts ?? defaultKnownHosts(), target);
  const serverHostKey = hostKeyAlgorithms(target, host);
  const agentSocket = (options.agentSocket ?? process.env.SSH_AUTH_SOCK) || undefined;
  const logIn = new LogIn(target, await findIdentities({ files: options.identities, agentSocket }));
  signal.throwIfAborted();
  const socket = options.sock ?? connectSocket({ host: target.host, port: target.port, noDelay: true });
  const cut = (): void => void socket.destroy();
  signal.addEventListener("abort", cut, { once: true });
  const client = new ssh2.Client();
  try {
    await new Promise<void>((resolve, reject) => {
      const failure = new Failure(target, host, logIn);
      const over = (): void => reject(failure.of(new Error("the host closed the connection")));
      client.once("ready", resolve).on("end", over).on("close", over);
      // stays: of a connection that is given up the library may report more
      client.on("error", (cause) => {
        if (!failure.concernsOneKey(cause)) reject(failure.of(cause));
      });
      client.connect({
        sock: socket,
        username: target.user,
        algorithms: { serverHostKey },
        hostVerifier: (key: Buffer) => failure.acceptsKey(key),
        authHandler: (methodsLeft) => logIn.next(methodsLeft),
        readyTimeout: 0,
        keepaliveInterval: (options.deadAfterMs ?? DEAD_AFTER_MS) / (KEEP_ALIVES + 1),
        keepaliveCountMax: KEEP_ALIVES,
      });
    });
    return new SshConnection(formatTarget(target), client, socket);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", cut);
  }
}

/** Finds out why a connection has failed: the library tells that late, and not in full. */
class Failure {
  readonly #target: SshTarget;
  readonly #host: KnownHost;
  readonly #logIn: LogIn;
  #keyRefused: TskataError | undefined;

  constructor(target: SshTarget, host: KnownHost, logIn: LogIn) {
    this.#target = target;
    this.#host = host;
    this.#logIn = logIn;
  }

  /** Whether the host's key is a known one. */
  acceptsKey(key: Buffer): boolean {
    this.#keyRefused = checkHostKey(this.#target, this.#host, key);
    return this.#keyRefused === undefined;
  }

  /** Whether an error is of one key to log in with, after which the next is tried. */
  concernsOneKey(cause: Error & { readonly level?: string }): boolean {
    if (this.#logIn.exhausted || !["agent", "client-authentication"].includes(cause.level ?? "")) return false;
    this.#logIn.note(cause);
    return true;
  }

  /** What to end with. */
  of(cause: Error & { readonly level?: string; readonly code?: unknown }): TskataError {
    if (this.#keyRefused !== undefined) return this.#keyRefused;
    if (this.#logIn.exhausted) return this.#logIn.refusal();
    // a number is the reason of SSH's own message of farewell, such as that of too many keys
    if (this.#logIn.started && typeof cause.code === "number")
      return this.#logIn.refusal(`nobody was let in: ${cause.message}`);
    const known = this.#host.keys.map(({ type }) => type).join(", ");
    const asked =
      cause.level === "handshake" && known !== "" ? ` (asked for the host keys that are known: ${known})` : "";
    return connectionError(formatTarget(this.#target), cause, asked);
  }
}
