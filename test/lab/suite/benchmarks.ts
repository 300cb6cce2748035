import { once } from "node:events";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { PATIENCE } from "../../support/patience.js";
import { TestTskata } from "../../support/tskata.js";
import { DEADLINE_MS, HOST, startLabContainer } from "./lab-container.js";
import { measured } from "./measured.js";

const MIB = 1024 * 1024;
/** Of each thing that is measured. */
const ROUNDS = 3;
/** Enough for the `exec` itself to take little of the time; less where machines are translated. */
const BYTES = (PATIENCE > 1 ? 4 : 32) * MIB;
const PORT = 8081;
/** Puts so many out. (`head -c` and `wc` of busybox take each byte by itself.) */
const ZEROS = ["dd", "if=/dev/zero", "bs=1M", `count=${BYTES / MIB}`] as const;

/** What a container's life, its standard streams, a volume and a network take on one kind of VM. */
export async function benchmarks(t: Test, config: string): Promise<void> {
  await t.test("the commands of a container's life, one by one", async (t) => {
    const tskata = new TestTskata(t, config);
    const bundle = tskata.bundle({ process: { args: ["sleep", "100000"] } });
    const timed = async <T>(name: string, work: Promise<T>): Promise<T> => {
      const startMs = performance.now();
      const result = await work;
      measured(t, name, "ms", performance.now() - startMs);
      return result;
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      const { id } = await timed("create", tskata.create(bundle));
      for (const args of [
        ["start", id],
        ["state", id],
        ["delete", "--force", id],
      ] as const) {
        await timed(args[0], tskata.ok(args, { deadlineMs: DEADLINE_MS }));
      }
    }
    t.strictSame(await tskata.leaks(), []);
  });

  await t.test("streams, files and packets", async (t) => {
    const container = await startLabContainer(t, config);
    const { tskata, id, volume, host, exec } = container;
    const throughput = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const startMs = performance.now();
        await work();
        measured(t, name, "MB/s", BYTES / 1000 / (performance.now() - startMs));
      }
    };

    await throughput("standard output", async () => {
      const { stdout } = await tskata.run(["exec", id, ...ZEROS], { deadlineMs: DEADLINE_MS });
      t.equal(stdout.length, BYTES);
    });
    const input = Buffer.alloc(BYTES, "in");
    await throughput("standard input", async () => {
      const command = ["sh", "-c", "cat > /dev/null"];
      const { status } = await tskata.run(["exec", id, ...command], { input, deadlineMs: DEADLINE_MS });
      t.equal(status, 0);
    });
    await throughput("write to a volume", async () => {
      await exec(...ZEROS, "of=/volume/written", "conv=fsync");
      t.equal(statSync(join(volume, "written")).size, BYTES);
    });
    let read = 0;
    await throughput("read from a volume", async () => {
      // another file each time, which the guest hasn't in memory yet
      const name = `read-${(read += 1)}`;
      writeFileSync(join(volume, name), input);
      const command = ["dd", `if=/volume/${name}`, "of=/dev/null", "bs=1M"];
      const { stderr } = await tskata.run(["exec", id, ...command], { deadlineMs: DEADLINE_MS });
      t.match(stderr, `${BYTES / MIB}+0 records in`);
    });
    const server = host.spawn(process.execPath, "-e", SERVER);
    t.teardown(() => server.kill());
    await once(server.stdout, "data");
    await throughput("HTTP from the host", async () => {
      await exec("wget", "-q", "-O", "/dev/null", `http://${HOST}:${PORT}/`);
    });

    await container.end();
    t.strictSame(await tskata.leaks(), []);
  });
}

/** Says when it listens, and answers each request with so many bytes. */
const SERVER = `
  const answer = Buffer.alloc(${BYTES}, "net");
  const server = require("node:http").createServer((request, response) => response.end(answer));
  server.listen(${PORT}, "${HOST}", () => console.log("listening"));`;
