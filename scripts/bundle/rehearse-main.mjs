import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ID, layOut } from "./rehearsed-container.mjs";

/** What the stand-in for the supervisor answers to whatever it is asked. */
const RESULT = { guestPid: 2 };

/**
 * Plays what an engine does with a container that runs: this process stands
 * in for its supervisor and answers, nothing is started but a monitor that is
 * turned away.
 */
export async function rehearse(run) {
  const top = mkdtempSync(join(tmpdir(), "tskata-rehearsal-"));
  const servers = [];
  try {
    const stateRoot = join(top, "state");
    const { config, bundle } = layOut(top, stateRoot);
    const global = ["--root", stateRoot, "--config", config];
    servers.push(await answer(join(top, "run/control.sock")), await turnAway(join(top, "run/stdio.sock")));
    await run([...global, "spec", "--bundle", bundle]);
    const spec = join(bundle, "config.json");
    writeFileSync(spec, readFileSync(spec, "utf8").replace('"terminal": true', '"terminal": false'));
    for (const args of [
      ["state", ID],
      // it is there already, which is found out after everything has been checked
      ["create", "--bundle", bundle, "--pid-file", join(top, "pid"), ID],
      ["start", ID],
      ["exec", ID, "true"],
      ["exec", "--detach", "--pid-file", join(top, "pid"), ID, "true"],
      ["kill", ID, "0"],
      ["list"],
      ["delete", ID],
      ["delete", "--force", "nobody"],
    ]) {
      process.env.TSKATA_INHERITED_FDS = `${process.pid} `;
      await run([...global, ...args]);
    }
  } finally {
    for (const server of servers) server.close();
    rmSync(top, { recursive: true });
  }
}

function answer(path) {
  return listen(path, (socket) => {
    socket.on("data", (line) => socket.write(`${JSON.stringify({ id: JSON.parse(line).id, result: RESULT })}\n`));
  });
}

/** The monitor ends when its connections do. */
function turnAway(path) {
  return listen(path, (socket) => socket.destroy());
}

function listen(path, accept) {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => accept(socket.on("error", () => undefined)));
    server.on("error", reject).listen(path, () => resolve(server));
  });
}
