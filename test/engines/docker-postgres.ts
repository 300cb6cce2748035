import t from "tap";
import { Docker } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";
import { NOBODY, Postgres } from "./support/postgres.js";
import { importTools, TOOLS_IMAGE } from "./support/tools-image.js";

const ROWS = 200;
/** No network, sockets in a file system of the guest's, and each commit is on the volume before it is answered. */
const SETTINGS = [
  "listen_addresses=",
  "unix_socket_directories=/sockets",
  "fsync=on",
  "synchronous_commit=on",
  "jit=off",
];

t.test("PostgreSQL keeps its data on a volume", { skip: unlessInstalled("docker", "postgres") }, async (t) => {
  const docker = await Docker.start(t);
  const postgres = Postgres.find();
  const server = postgres.program("postgres");
  const client = postgres.program("psql");
  await importTools(docker, [server, client, postgres.library], [postgres.sharedFolder]);
  const data = docker.world.makeDirectory("postgres");
  postgres.initialize(data);
  const query = async (sql: string): Promise<string> => {
    const options = ["--host=/sockets", "--username=postgres", "--no-psqlrc", "--tuples-only", "--no-align", "--quiet"];
    const command = ["exec", "--interactive", "database", client, ...options, "--set=ON_ERROR_STOP=1", "--file=-"];
    const { status, text, stderr } = await docker.run(command, { input: sql });
    if (status !== 0) throw new Error(`psql: status ${status}: ${stderr}`);
    return text;
  };
  /** Waits until the container has said so often that it accepts connections, and returns all that it said. */
  const accepts = async (times: number): Promise<string> => {
    const logs = docker.talk("logs", "--follow", "database");
    await logs.says(new RegExp(`(ready to accept connections[^]*){${times}}`));
    logs.child.kill();
    await logs.ended;
    return docker.ok("logs", "database");
  };
  /** A row a transaction. */
  const fill = (from: number): Promise<string> =>
    query(Array.from({ length: ROWS }, (_, row) => `INSERT INTO t VALUES (${from + row}, 'row');\n`).join(""));

  const mounts = ["--volume", `${data}:/data`, "--tmpfs", "/sockets:mode=1777", "--user", String(NOBODY)];
  const settings = SETTINGS.map((setting) => `-c ${setting}`).join(" ");
  const serve = ["sh", "-c", `exec ${server} -D /data ${settings} 2>&1`];
  await docker.detached("--name", "database", ...mounts, TOOLS_IMAGE, ...serve);
  await accepts(1);

  await t.test("through a kill and a start of its container", async (t) => {
    await query("CREATE TABLE t (id integer PRIMARY KEY, what text);");
    await fill(0);
    await docker.ok("kill", "database");
    await docker.ok("start", "database");
    t.match(await accepts(2), /not properly shut down; automatic recovery in progress/);
    t.equal(await query("SELECT count(*), min(id), max(id) FROM t;"), `${ROWS}|0|${ROWS - 1}`);
    await fill(ROWS);
    t.equal(await query("SELECT sum(id) FROM t;"), String((2 * ROWS * (2 * ROWS - 1)) / 2));
  });

  await t.test("and it is whole on the host when it was stopped", async (t) => {
    await docker.ok("stop", "--time", "30", "database");
    t.equal(await docker.inspect("database", "{{.State.ExitCode}}"), "0");
    t.match(postgres.asNobody("pg_controldata", data), /Database cluster state: +shut down\n/);
    t.match(postgres.asNobody("pg_checksums", "--check", data), /Bad checksums: +0\n/);
    await docker.ok("rm", "database");
  });
});
