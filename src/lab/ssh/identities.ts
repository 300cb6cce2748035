import { homedir } from "node:os";
import { join } from "node:path";
import type { ParsedKey } from "ssh2";
import { messageOf, TskataError } from "../../common/error.js";
import { type AgentKey, agentKeys } from "./agent.js";
import { describeKey, type PublicKey } from "./fingerprint.js";
import { type IdentityFile, readIdentityFile } from "./identity-file.js";

/** A key to log in with. */
export interface Identity {
  /** What messages call it: `/root/.ssh/id_ed25519 (ssh-ed25519 SHA256:...)`. */
  readonly name: string;
  /** The private key itself, or an agent that has it. */
  readonly use: { readonly key: ParsedKey } | { readonly agent: AgentKey };
}

/** The keys to try, in this order, and what else was looked at. */
export interface Identities {
  readonly keys: readonly Identity[];
  /** Why others are not among them: `/root/.ssh/id_rsa: is not there`. */
  readonly notes: readonly string[];
}

/** The files that are tried where none is asked for. */
export function defaultIdentityFiles(): string[] {
  return ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => join(homedir(), ".ssh", name));
}

/** Which keys to look for. */
export interface IdentityOptions {
  /** Files of keys: then these alone are tried, the encrypted ones through the agent. */
  readonly files?: readonly string[] | undefined;
  /** Path of the agent's socket; none where undefined. */
  readonly agentSocket: string | undefined;
}

/**
 * Finds the keys to log in with: those of the files that were asked for, else
 * all that the agent has, and after them the default files.
 *
 * @throws TskataError for a file that was asked for: `not-found`, `permission` where it can't be read or is
 *   encrypted and no agent has its key, `invalid-argument` where it is no key
 */
export async function findIdentities({ files, agentSocket }: IdentityOptions): Promise<Identities> {
  return files === undefined ? defaultIdentities(agentSocket) : askedFor(files, agentSocket);
}

async function askedFor(files: readonly string[], agentSocket: string | undefined): Promise<Identities> {
  const keys: Identity[] = [];
  for (const file of files) {
    const identity = await readIdentityFile(file);
    if (identity.kind === "absent") throw new TskataError("not-found", `identity ${file}: is not there`);
    if (identity.kind === "private") keys.push(own(file, identity.key));
    else keys.push(await heldByAgent(file, identity, agentSocket));
  }
  return { keys, notes: [] };
}

async function heldByAgent(
  file: string,
  { kind, key }: Exclude<IdentityFile, { kind: "absent" | "private" }>,
  agentSocket: string | undefined,
): Promise<Identity> {
  const problem = kind === "encrypted" ? "is encrypted" : "is a public key";
  const refuse = (found: string): never => {
    throw new TskataError("permission", `identity ${file}: ${problem}, and ${found}: add it to one with ssh-add`);
  };
  const socket = agentSocket ?? refuse("there is no agent (SSH_AUTH_SOCK is not set)");
  const agent = key && (await agentKeys(socket)).find((held) => held.key.getPublicSSH().equals(key.blob));
  return identityOf(agent ?? refuse(`the agent at ${socket} doesn't have it`), file);
}

async function defaultIdentities(agentSocket: string | undefined): Promise<Identities> {
  const notes: string[] = [];
  const keys: Identity[] = [];
  const held = new Set<string>();
  try {
    const agents = agentSocket === undefined ? [] : await agentKeys(agentSocket);
    for (const agent of agents) {
      keys.push(identityOf(agent, `agent's ${agent.key.comment}`));
      held.add(agent.key.getPublicSSH().toString("base64"));
    }
    if (agents.length === 0)
      notes.push(agentSocket === undefined ? "no agent (SSH_AUTH_SOCK)" : "an agent without keys");
  } catch (error) {
    notes.push(messageOf(error));
  }
  for (const file of defaultIdentityFiles()) {
    const found = await fromDefaultFile(file, held);
    if (typeof found === "string") notes.push(`${file}: ${found}`);
    else if (found !== undefined) keys.push(found);
  }
  return { keys, notes };
}

/** A key, why there is none, or nothing where the agent has it anyway. */
async function fromDefaultFile(file: string, held: ReadonlySet<string>): Promise<Identity | string | undefined> {
  let identity: IdentityFile;
  try {
    identity = await readIdentityFile(file);
  } catch (error) {
    return messageOf(error);
  }
  switch (identity.kind) {
    case "absent":
      return "is not there";
    case "private":
      return held.has(identity.key.getPublicSSH().toString("base64")) ? undefined : own(file, identity.key);
    default:
      if (identity.key !== undefined && held.has(identity.key.blob.toString("base64"))) return undefined;
      return "is encrypted, and no agent has it";
  }
}

function own(file: string, key: ParsedKey): Identity {
  return { name: `${file} (${describeKey(wire(key))})`, use: { key } };
}

function identityOf(agent: AgentKey, what: string): Identity {
  return { name: `${what} (${describeKey(wire(agent.key))}, in the agent)`, use: { agent } };
}

function wire(key: ParsedKey): PublicKey {
  return { type: key.type, blob: key.getPublicSSH() };
}
