import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import { bootMs } from "../../../bench/boot-stages.js";
import { TestTskata } from "../../support/tskata.js";
import { DEADLINE_MS, HOST, startLabContainer } from "./lab-container.js";
import { measured } from "./measured.js";
import type { LabRow } from "./rows.js";

/** Of `run` and `exec` each. */
const ROUNDS = 3;
const STREAM_BYTES = 20_000_000;
const PORT = 8080;

/** What people do with a runtime, through the command line, on one kind of VM; with the times that it takes. */
export async function ociSmoke(t: Test, row: LabRow): Promise<void> {
  const { config = "", inputBytes = STREAM_BYTES, takesDisks = false } = row;
  await t.test("run gives the output and the status of the container", async (t) => {
    const tskata = new TestTskata(t, config);
    const bundle = tskata.bundle({ process: { args: ["sh", "-c", "echo from the guest; exit 7"] } });
    const result = await tskata.run(["run", "--bundle", bundle, tskata.newId()], { deadlineMs: DEADLINE_MS });
    t.strictSame([result.status, result.text, result.stderr], [7, "from the guest", ""]);
  });

  await t.test("run, again and again", async (t) => {
    const tskata = new TestTskata(t, config);
    const bundle = tskata.bundle();
    for (let round = 0; round < ROUNDS; round += 1) {
      const startMs = performance.now();
      await tskata.ok(["run", "--bundle", bundle, tskata.newId()], { deadlineMs: DEADLINE_MS });
      measured(t, "run true", "ms", performance.now() - startMs);
    }
    t.strictSame(await tskata.leaks(), []);
  });

  await t.test("a container with a volume and a network", async (t) => {
    const container = await startLabContainer(t, config);
    const { tskata, id, volume, host, exec } = container;
    measured(t, "boot to agent", "ms", bootMs(container.stages));

    await t.test("exec gives output, errors and status apart", async (t) => {
      const script = "echo out; echo err >&2; exit 5";
      const result = await tskata.run(["exec", id, "sh", "-c", script], { deadlineMs: DEADLINE_MS });
      t.strictSame([result.status, result.text, result.stderr], [5, "out", "err\n"]);
      for (let round = 0; round < ROUNDS; round += 1) {
        const startMs = performance.now();
        await exec("true");
        measured(t, "exec true", "ms", performance.now() - startMs);
      }
    });

    await t.test(`${inputBytes / 1000} kB go through exec's standard streams unchanged`, async (t) => {
      const input = randomBytes(inputBytes);
      const startMs = performance.now();
      const result = await tskata.run(["exec", id, "cat"], { input, deadlineMs: DEADLINE_MS });
      const durationMs = performance.now() - startMs;
      t.equal(digest(result.stdout), digest(input));
      if (inputBytes === STREAM_BYTES) measured(t, "20 MB there and back", "MB/s", STREAM_BYTES / 1000 / durationMs);
      else measured(t, `${inputBytes / 1000} kB there and back`, "ms", durationMs);
    });

    if (inputBytes < STREAM_BYTES) {
      await t.test("20 MB of output come unchanged", async (t) => {
        const script =
          "dd if=/dev/urandom of=/volume/out bs=1000000 count=20 2>/dev/null; sha256sum /volume/out >&2; cat /volume/out";
        const { stdout, stderr } = await tskata.run(["exec", id, "sh", "-c", script], { deadlineMs: DEADLINE_MS });
        t.equal(stdout.length, STREAM_BYTES);
        t.match(stderr, digest(stdout));
      });
    }

    await t.test("host and guest see each other's changes to the volume", async (t) => {
      t.equal(await exec("cat", "/volume/from-host"), "hello guest");
      await exec("sh", "-c", "echo hello host > /volume/from-guest; chmod 640 /volume/from-guest");
      t.equal(readFileSync(join(volume, "from-guest"), "utf8"), "hello host\n");
      writeFileSync(join(volume, "from-host"), "hello again");
      t.equal(await exec("cat", "/volume/from-host"), "hello again");
    });

    await t.test("the guest reaches the network, by ping and by TCP", async (t) => {
      t.match(await exec("ping", "-c", "1", "-w", "30", HOST), /1 packets received/);
      const server = host.spawn(process.execPath, "-e", SERVER);
      t.teardown(() => server.kill());
      await once(server.stdout, "data");
      const heard = once(server.stdout, "data");
      const told = await exec("sh", "-c", `echo from the guest | nc -w 30 ${HOST} ${PORT}`);
      t.strictSame([told, String(await heard)], ["from the host", "from the guest\n"]);
    });

    await t.test("pause halts the container and resume lets it go on", async (t) => {
      await tskata.ok(["pause", id], { deadlineMs: DEADLINE_MS });
      t.equal(await tskata.status(id), "paused");
      await tskata.ok(["resume", id], { deadlineMs: DEADLINE_MS });
      t.equal(await tskata.status(id), "running");
    });

    await t.test("kill sends a signal, and nothing is left of the container", async (t) => {
      const { status, stderr } = await container.end();
      t.strictSame([status, stderr], [3, ""]);
      t.strictSame(await tskata.leaks(), []);
    });
  });

  if (takesDisks) {
    await t.test("a container's files go to the guest on a disk as well", async (t) => {
      const images = mkdtempSync(join(tmpdir(), "tskata-images-"));
      t.teardown(() => rmSync(images, { recursive: true }));
      const share = `[share]\nbackend = "disk"\ndisk_dir = "${images}"\ndisk_room_mib = 64\n`;
      const tskata = new TestTskata(t, `${config}${share}`);
      const script = "echo in the guest > /own; cat /own; mount | grep -o ' / type [a-z0-9]*'";
      const bundle = tskata.bundle({ process: { args: ["sh", "-c", script] } });
      const result = await tskata.run(["run", "--bundle", bundle, tskata.newId()], { deadlineMs: DEADLINE_MS });
      t.strictSame([result.status, result.text, result.stderr], [0, "in the guest\n / type ext4", ""]);
      t.notOk(existsSync(join(bundle, "rootfs/own")));
      t.strictSame(readdirSync(images), []);
      t.strictSame(await tskata.leaks(), []);
    });
  }
}

/** Says when it listens, then what it hears from one client, which it answers. */
const SERVER = `
  const server = require("node:net").createServer((socket) => {
    socket.on("data", (heard) => {
      process.stdout.write(heard);
      socket.end("from the host\\n");
    });
  });
  server.listen(${PORT}, "${HOST}", () => console.log("listening"));`;

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
