import { QmpError } from "./errors.js";

/** QEMU's version, as its greeting and `query-version` give it. */
export interface QemuVersion {
  readonly qemu: { readonly major: number; readonly minor: number; readonly micro: number };
  /** The packager's suffix, such as ` (Debian 1:7.2+dfsg-7)`; may be empty. */
  readonly package: string;
}

/** What QEMU says first on a new connection. */
export interface QmpGreeting {
  readonly version: QemuVersion;
  /** Capabilities on offer, such as `oob`. */
  readonly capabilities: readonly string[];
}

/** When QEMU emitted an event. Both are -1 where its clock failed. */
export interface QmpTimestamp {
  readonly seconds: number;
  readonly microseconds: number;
}

/** The id of a command: a JSON integer that this client counts up. */
export type CommandId = number;

/** One message from the server. */
export type ServerMessage =
  | { readonly kind: "greeting"; readonly greeting: QmpGreeting }
  | { readonly kind: "return"; readonly id: CommandId | undefined; readonly value: unknown }
  | {
      readonly kind: "error";
      readonly id: CommandId | undefined;
      readonly qmpClass: string;
      readonly description: string;
    }
  | { readonly kind: "event"; readonly event: string; readonly data: unknown; readonly timestamp: QmpTimestamp };

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(what: string, line: string): QmpError {
  const shown = line.length > 200 ? `${line.slice(0, 200)}...` : line;
  return new QmpError("protocol", `${what}: ${shown}`);
}

function parseVersion(value: unknown, line: string): QemuVersion {
  if (!isObject(value) || !isObject(value["qemu"])) throw malformed("a QMP greeting without a version", line);
  const { major, minor, micro } = value["qemu"];
  if (typeof major !== "number" || typeof minor !== "number" || typeof micro !== "number") {
    throw malformed("a QMP greeting without a numeric version", line);
  }
  return { qemu: { major, minor, micro }, package: typeof value["package"] === "string" ? value["package"] : "" };
}

function parseGreeting(value: unknown, line: string): ServerMessage {
  if (!isObject(value)) throw malformed("a malformed QMP greeting", line);
  const offered = Array.isArray(value["capabilities"]) ? value["capabilities"] : [];
  const capabilities = offered.filter((name): name is string => typeof name === "string");
  return { kind: "greeting", greeting: { version: parseVersion(value["version"], line), capabilities } };
}

function parseId(message: JsonObject, line: string): CommandId | undefined {
  const id = message["id"];
  if (id === undefined) return undefined;
  if (typeof id !== "number" || !Number.isSafeInteger(id)) throw malformed("a QMP answer with a foreign id", line);
  return id;
}

function parseTimestamp(value: unknown): QmpTimestamp {
  if (!isObject(value)) return { seconds: -1, microseconds: -1 };
  const { seconds, microseconds } = value;
  return {
    seconds: typeof seconds === "number" ? seconds : -1,
    microseconds: typeof microseconds === "number" ? microseconds : -1,
  };
}

/**
 * Parses one line from the server and checks its shape.
 *
 * @throws QmpError `protocol` where the line is not a QMP server message
 */
export function parseServerMessage(line: string): ServerMessage {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch (cause) {
    throw new QmpError("protocol", malformed("a QMP line that is not JSON", line).message, { cause });
  }
  if (!isObject(message)) throw malformed("a QMP message that is not an object", line);
  if ("QMP" in message) return parseGreeting(message["QMP"], line);
  if ("return" in message) return { kind: "return", id: parseId(message, line), value: message["return"] };
  if ("error" in message) {
    const error = message["error"];
    if (!isObject(error) || typeof error["class"] !== "string") throw malformed("a malformed QMP error", line);
    const description = typeof error["desc"] === "string" ? error["desc"] : "";
    return { kind: "error", id: parseId(message, line), qmpClass: error["class"], description };
  }
  const event = message["event"];
  if (typeof event !== "string") throw malformed("an unknown kind of QMP message", line);
  return { kind: "event", event, data: message["data"], timestamp: parseTimestamp(message["timestamp"]) };
}
