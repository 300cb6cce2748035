import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { Docker } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";
import { importTools, TOOLS_IMAGE } from "./support/tools-image.js";

const SERVER = "/usr/bin/redis-server";
const CLIENT = "/usr/bin/redis-cli";
/** Each write is on the volume before it is answered. */
const DURABLE = ["--dir", "/data", "--appendonly", "yes", "--appendfsync", "always"];
const KEYS = 500;

t.test("a database keeps its data on a volume", { skip: unlessInstalled("docker", "redis") }, async (t) => {
  const docker = await Docker.start(t);
  await importTools(docker, [SERVER, CLIENT]);
  const client = (name: string, ...args: string[]) => docker.ok("exec", name, CLIENT, ...args);
  const serve = async (name: string, volume: string) => {
    await docker.detached("--name", name, "-v", `${volume}:/data`, TOOLS_IMAGE, SERVER, ...DURABLE);
    await accepts(name, 1);
  };
  /** Waits until it has told so often that it accepts connections. */
  const accepts = async (name: string, times: number) => {
    const logs = docker.talk("logs", "--follow", name);
    await logs.says(new RegExp(`(Ready to accept connections[^]*){${times}}`));
    logs.child.kill();
    await logs.ended;
  };
  const fill = (name: string, from: number) => {
    const commands = Array.from({ length: KEYS }, (_, index) => `SET key${from + index} value${from + index}\n`);
    return docker.run(["exec", "--interactive", name, CLIENT], { input: commands.join("") });
  };

  await t.test("through a kill and a start of its container", async (t) => {
    await serve("killed", "killed-data");
    t.equal((await fill("killed", 0)).text.match(/OK/g)?.length, KEYS);
    await docker.ok("kill", "killed");
    await docker.ok("start", "killed");
    await accepts("killed", 2);
    t.equal(await client("killed", "DBSIZE"), String(KEYS));
    t.equal(await client("killed", "GET", `key${KEYS - 1}`), `value${KEYS - 1}`);
    await docker.ok("rm", "--force", "killed");
  });

  await t.test("and in another container on the same volume", async (t) => {
    await serve("heir", "killed-data");
    t.equal(await client("heir", "GET", "key7"), "value7");
    t.equal((await fill("heir", KEYS)).text.match(/OK/g)?.length, KEYS);
    t.equal(await client("heir", "DBSIZE"), String(2 * KEYS));
    await docker.ok("rm", "--force", "heir");
  });

  await t.test("a snapshot that it forks for is whole on the host", async (t) => {
    const data = docker.world.makeDirectory("snapshots");
    await serve("forking", data);
    await fill("forking", 0);
    t.equal(await client("forking", "SAVE"), "OK");
    t.match(await client("forking", "BGSAVE"), /started/);
    await docker.ok(
      "exec",
      "forking",
      "sh",
      "-c",
      `until ${CLIENT} INFO | grep -q rdb_bgsave_in_progress:0; do sleep 0.1; done`,
    );
    t.match(await client("forking", "INFO", "persistence"), /rdb_last_bgsave_status:ok/);
    t.ok(existsSync(join(data, "dump.rdb")));
    t.match(readdirSync(data).toSorted(), ["appendonlydir", "dump.rdb"]);
    await docker.ok("stop", "forking");
    t.equal(await docker.inspect("forking", "{{.State.ExitCode}}"), "0", "it ends in peace where it is asked to");
    await docker.ok("rm", "forking");
  });
});
