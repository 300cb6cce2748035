export {
  QmpClient,
  type EventsOptions,
  type ExecuteOptions,
  type QmpClientOptions,
  type WaitForEventOptions,
} from "./client.js";
export * from "./commands.js";
export { QmpCommandError, QmpError, type QmpErrorCode } from "./errors.js";
export { QmpEventStream } from "./event-stream.js";
export type { QmpDataOf, QmpEvent, QmpEventData, QmpEventName, ShutdownCause } from "./events.js";
export type { QemuVersion, QmpGreeting, QmpTimestamp } from "./message.js";
export { connectUnixSocket } from "./unix-socket.js";
export type { WaitLimits } from "./wait.js";
