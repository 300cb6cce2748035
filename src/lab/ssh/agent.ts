import type { IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from "ssh2";
import ssh2 from "ssh2";
import { messageOf, TskataError } from "../../common/error.js";

/** An agent of one key, which an ssh-agent(1) holds: so that it is known which of its keys is being tried. */
export class AgentKey extends ssh2.BaseAgent<ParsedKey> {
  readonly key: ParsedKey;
  readonly #agent: ssh2.OpenSSHAgent;

  constructor(agent: ssh2.OpenSSHAgent, key: ParsedKey) {
    super();
    this.#agent = agent;
    this.key = key;
  }

  /** The one key. */
  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(undefined, [this.key]);
  }

  /** Has the ssh-agent sign. */
  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): void {
    if (typeof options === "function") this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, done);
  }
}

/**
 * The keys that an agent holds.
 *
 * @param socket path of its socket
 * @throws TskataError `unavailable` where it doesn't answer
 */
export function agentKeys(socket: string): Promise<AgentKey[]> {
  const agent = new ssh2.OpenSSHAgent(socket);
  return new Promise((resolve, reject) => {
    agent.getIdentities((cause, keys = []) => {
      if (cause)
        reject(new TskataError("unavailable", `agent at ${socket}: gave no keys: ${messageOf(cause)}`, { cause }));
      else resolve(keys.filter((key) => "getPublicSSH" in key).map((key) => new AgentKey(agent, key)));
    });
  });
}
