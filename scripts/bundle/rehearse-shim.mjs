import fs, { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClientConnection, createClient, MessageCodec } from "ttrpc-ts/lite";
import { ID, layOut } from "./rehearsed-container.mjs";

const NAMESPACE = "rehearsal";
const READINESS_FD = 3;

const Any = new MessageCodec("Any", [
  [1, "typeUrl", "string"],
  [2, "value", "bytes"],
]);
const Options = new MessageCodec("containerd.runc.v1.Options", [[7, "root", "string"]]);
const CreateRequest = new MessageCodec("CreateTaskRequest", [
  [1, "id", "string"],
  [2, "bundle", "string"],
  [10, "options", () => Any, "optional"],
]);
const Empty = new MessageCodec("Empty", []);
/** As much of containerd's service as is played. */
const Task = {
  typeName: "containerd.task.v2.Task",
  methods: {
    create: { name: "Create", kind: "unary", input: CreateRequest, output: Empty },
    shutdown: { name: "Shutdown", kind: "unary", input: Empty, output: Empty },
  },
};

/**
 * Plays the start of a shim that finds no bundle, and a shim that serves: it is asked for a container that is there
 * already, which is found out after everything has been checked, and told to end.
 */
export async function rehearse(run) {
  const top = mkdtempSync(join(tmpdir(), "tskata-rehearsal-"));
  const { writeSync } = fs;
  try {
    const { config, bundle } = layOut(top, join(top, "state", NAMESPACE));
    process.env.TSKATA_CONFIG = config;
    writeFileSync(join(bundle, "config.json"), JSON.stringify(SPEC));
    const common = ["-namespace", NAMESPACE, "-id", ID, "-address", join(top, "c.sock")];
    await run([...common, "-bundle", join(top, "none"), "start"]);
    const socket = join(top, "shim.sock");
    const served = new Promise((resolve) => {
      // Nobody reads what it says when it serves.
      fs.writeSync = (fd, ...args) => (fd === READINESS_FD ? resolve() : writeSync(fd, ...args));
    });
    const ended = run([...common, "-bundle", bundle, "-socket", socket]);
    await served;
    const client = createClient(Task, new ClientConnection(createConnection(socket)));
    const options = { typeUrl: Options.typeName, value: Options.encode({ root: join(top, "state") }) };
    await client.create({ id: ID, bundle, options }).catch(() => undefined);
    await client.shutdown({});
    await ended;
  } finally {
    fs.writeSync = writeSync;
    rmSync(top, { recursive: true });
  }
}

const SPEC = {
  ociVersion: "1.0.2",
  root: { path: "rootfs" },
  process: { args: ["true"], cwd: "/", user: { uid: 0, gid: 0 } },
  hostname: ID,
  linux: { namespaces: ["pid", "ipc", "uts", "mount", "network"].map((type) => ({ type })) },
};
