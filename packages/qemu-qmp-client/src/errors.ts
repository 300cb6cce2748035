/**
 * The kinds of failure of a QMP client.
 *
 * - `command-failed`: QEMU answered a command with an error
 * - `protocol`: the peer sent something that is not QMP, or more than the limit allows
 * - `closed`: the connection is gone
 * - `timeout`: no answer, greeting or event in time
 * - `aborted`: the caller's AbortSignal fired, or its own sending failed
 * - `overflow`: a consumer of events fell too far behind
 */
export type QmpErrorCode = "command-failed" | "protocol" | "closed" | "timeout" | "aborted" | "overflow";

/** Every error that this package throws. Tell them apart by `code`, not by text. */
export class QmpError extends Error {
  override readonly name = "QmpError";
  readonly code: QmpErrorCode;
  /** The command that was asked, where there was one. */
  readonly command: string | undefined;

  constructor(code: QmpErrorCode, message: string, options?: ErrorOptions & { command?: string | undefined }) {
    super(message, options);
    this.code = code;
    this.command = options?.command;
  }
}

/**
 * QEMU's own answer that a command failed.
 *
 * See "Commands Responses" in QEMU's docs/interop/qmp-spec.
 */
export class QmpCommandError extends QmpError {
  /** QMP's error class: `GenericError`, `CommandNotFound`, `DeviceNotActive`, `DeviceNotFound`, `KVMMissingCap`. */
  readonly qmpClass: string;
  /** QEMU's text for people, unchanged. */
  readonly description: string;

  constructor(command: string, qmpClass: string, description: string) {
    super("command-failed", `${command}: ${description} (${qmpClass})`, { command });
    this.qmpClass = qmpClass;
    this.description = description;
  }
}
