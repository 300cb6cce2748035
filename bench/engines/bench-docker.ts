import { Docker, IMAGE } from "../../test/engines/support/docker.js";
import { Teardowns } from "./teardowns.js";

/** The runtimes that Docker is measured with, as it knows them. */
export const DOCKER_RUNTIMES = ["tskata", "runc"] as const;

/** One of them. */
export type DockerRuntime = (typeof DOCKER_RUNTIMES)[number];

/** Asks a port for so many round trips of a byte (`echo`), or for the answer to so many bytes (`sum`). */
const CLIENT = `
import socket, sys, time
kind, host, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
while True:
    try:
        connection = socket.create_connection((host, port), 1)
        connection.settimeout(60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if kind == "echo":
            connection.sendall(b"x")
            if connection.recv(1) == b"": continue
        break
    except OSError: time.sleep(0.02)
begin = time.monotonic()
if kind == "echo":
    for _ in range(count):
        connection.sendall(b"x")
        connection.recv(1)
else:
    data = bytes(1 << 20)
    for _ in range(count >> 20): connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(100): pass
print(time.monotonic() - begin)
`;
/** Of the bridge, by which published ports lead to containers without a program between. */
const HOST = "172.17.0.1";

/** A Docker to measure, with the images that the tests have. */
export class BenchDocker {
  readonly #docker: Docker;
  readonly #teardowns: Teardowns;

  private constructor(docker: Docker, teardowns: Teardowns) {
    this.#docker = docker;
    this.#teardowns = teardowns;
  }

  /** Starts one, and runs a container with each runtime. */
  static async start(): Promise<BenchDocker> {
    const teardowns = new Teardowns();
    try {
      const docker = new BenchDocker(await Docker.start(teardowns), teardowns);
      for (const runtime of DOCKER_RUNTIMES) await docker.run(runtime, [], ["true"]);
      return docker;
    } catch (error) {
      await teardowns.run();
      throw error;
    }
  }

  /** Stops it. */
  close(): Promise<void> {
    return this.#teardowns.run();
  }

  /** Milliseconds of a `docker run --rm`. */
  run(runtime: DockerRuntime, options: readonly string[], command: readonly string[]): Promise<number> {
    return this.#timed("run", "--rm", "--runtime", runtime, ...options, IMAGE, ...command);
  }

  /** Starts a container in the background, and gives its id. */
  start(runtime: DockerRuntime, options: readonly string[], command: readonly string[]): Promise<string> {
    return this.#docker.ok("run", "--detach", "--runtime", runtime, ...options, IMAGE, ...command);
  }

  /** Milliseconds of a `docker exec`. */
  exec(id: string, script: string): Promise<number> {
    return this.#timed("exec", id, "sh", "-c", script);
  }

  /** Removes a container. */
  async remove(id: string): Promise<void> {
    await this.#docker.ok("rm", "--force", "--volumes", id);
  }

  /** Milliseconds of so many round trips of a byte, or of so many bytes, to a published port. */
  async ask(kind: "echo" | "sum", port: number, count: number): Promise<number> {
    const client = ["python3", "-c", CLIENT, kind, HOST, String(port), String(count)];
    return Number(await this.#docker.world.ok(client)) * 1000;
  }

  async #timed(...args: readonly string[]): Promise<number> {
    const startMs = performance.now();
    await this.#docker.ok(...args);
    return performance.now() - startMs;
  }
}
