import type { EngineWorld } from "./engine-world.js";

const ASK = `
import socket, sys, time
kind, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
deadline = time.monotonic() + 20
while True:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as s:
            s.settimeout(1)
            s.connect((host, port))
            if kind == "udp": s.sendall(b"ping")
            answer = s.recv(100)
            if answer: break
    except OSError as error:
        if time.monotonic() > deadline: raise
sys.stdout.write(answer.decode())
`;

/** What a server answers to somebody in an engine's world, as soon as it is up. */
export async function untilAnswered(
  world: EngineWorld,
  kind: "tcp" | "udp",
  host: string,
  port: number,
): Promise<string> {
  const { status, stdout, stderr } = await world.run(["python3", "-c", ASK, kind, host, String(port)]);
  if (status !== 0) throw new Error(`no answer of ${kind} ${host}:${port}: ${stderr}`);
  return stdout.toString();
}
