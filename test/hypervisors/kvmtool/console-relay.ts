import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Duplex, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import t, { type Test } from "tap";
import { CONSOLE_RELAY } from "../../support/built-programs.js";

const STAND_IN = join(import.meta.dirname, "fixtures/terminals.py");
const BYTES = 300_000;

interface Relayed {
  readonly lkvm: ChildProcess;
  readonly relay: ChildProcess;
  readonly agent: Duplex;
  readonly log: Readable;
}

async function relayed(t: Test): Promise<Relayed> {
  const lkvm = spawn("python3", [STAND_IN], { stdio: ["pipe", "pipe", "inherit"] });
  t.teardown(() => lkvm.kill("SIGKILL"));
  const [paths] = (await once(createInterface(lkvm.stdout), "line")) as [string];
  const relay = spawn(CONSOLE_RELAY, paths.split(" "), {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  t.teardown(() => relay.kill("SIGKILL"));
  return { lkvm, relay, agent: relay.stdio[3] as Duplex, log: relay.stdout as Readable };
}

/** What console_code.c of the guest's init does. */
function decoded(bytes: Buffer): Buffer {
  const plain: number[] = [];
  for (let index = 0; index < bytes.length; index += 1) {
    plain.push(bytes[index] === 2 ? (bytes[(index += 1)] ?? 0) - 0x40 : (bytes[index] ?? 0));
  }
  return Buffer.from(plain);
}

t.test("bytes go both ways, none as a command of lkvm's, and the log apart", async (t) => {
  const { lkvm, relay, agent, log } = await relayed(t);
  const logged = text(log);
  const sent = Buffer.concat([randomBytes(BYTES), Buffer.alloc(20_000, 1), Buffer.alloc(20_000, 2)]);
  const chunks: Buffer[] = [];
  const all = (async (): Promise<void> => {
    for await (const chunk of agent) {
      chunks.push(chunk as Buffer);
      if (decoded(Buffer.concat(chunks)).length === sent.length) return;
    }
  })();
  agent.write(sent);
  await all;
  t.ok(decoded(Buffer.concat(chunks)).equals(sent));
  lkvm.stdin?.end();
  t.strictSame(await once(relay, "exit"), [0, null], "it ends with lkvm");
  t.equal(await logged, "a word of the guest's\n");
});

t.test("the log goes on where nobody takes what the agent says, and lkvm doesn't stand still", async (t) => {
  const { lkvm, relay, agent, log } = await relayed(t);
  const logged = text(log);
  const closed = once(agent, "close");
  agent.resume();
  agent.write(Buffer.alloc(BYTES, "x"), () => agent.destroy());
  await closed;
  lkvm.stdin?.end();
  t.strictSame(await once(relay, "exit"), [0, null]);
  t.equal(await logged, "a word of the guest's\n");
});

t.test("it says which terminal it can't open", async (t) => {
  const relay = spawn(CONSOLE_RELAY, ["/nonexistent/0", "/nonexistent/1"], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const complaint = await text(relay.stderr as Readable);
  t.equal(complaint, "tskata-console-relay: open the terminal /nonexistent/0: No such file or directory\n");
});
