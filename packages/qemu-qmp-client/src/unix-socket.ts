import { createConnection, type Socket } from "node:net";
import { QmpClient, type QmpClientOptions } from "./client.js";
import { QmpError } from "./errors.js";
import { waitWithin } from "./wait.js";

/**
 * Connects to a QMP server that listens on a unix socket
 * (`-qmp unix:PATH,server=on`).
 *
 * @throws QmpError `closed` where nobody listens (the system error is the cause), and as `QmpClient.connect`
 */
export async function connectUnixSocket(path: string, options: QmpClientOptions = {}): Promise<QmpClient> {
  const socket = await openSocket(path, options);
  return QmpClient.connect(socket, options);
}

function openSocket(path: string, options: QmpClientOptions): Promise<Socket> {
  const socket = createConnection(path);
  const opened = waitWithin<Socket>(`connect to ${path}`, options, ({ resolve, reject }) => {
    const onConnect = (): void => resolve(socket);
    const onError = (cause: Error): void =>
      reject(new QmpError("closed", `can't connect to the QMP socket ${path}`, { cause }));
    socket.once("connect", onConnect);
    socket.once("error", onError);
    return () => {
      socket.off("connect", onConnect);
      socket.off("error", onError);
    };
  });
  return opened.catch((error: unknown) => {
    socket.once("error", () => undefined);
    socket.destroy();
    throw error;
  });
}
