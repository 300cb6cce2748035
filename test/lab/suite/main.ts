import { messageOf } from "../../../src/common/error.js";
import { hostFacts } from "./facts.js";
import { keep } from "./keep.js";
import { ROWS } from "./rows.js";

const USAGE = "usage: suite.mjs facts | row NAME GROUP,... | send PORT | keep DIRECTORY";

/**
 * What the lab runs on a host, as a bundle of its own beside the programs that it tests: `facts` tells of the host and
 * of its rows as JSON, `row` tests one and prints TAP, `send` is the other end of one of those, `keep` cleans up when
 * nobody is at the other end any more.
 */
async function main([command, argument = "", groups = ""]: readonly string[]): Promise<void> {
  if (command === "facts") {
    const rows = ROWS.map(({ name, groups, lack }) => ({ name, groups, lack: lack() }));
    process.stdout.write(`${JSON.stringify({ facts: hostFacts(), rows })}\n`);
    return;
  }
  if (command === "keep" && argument !== "") return keep(argument);
  if (command === "send") return (await import("./vsock-loopback.js")).sendToPort(Number(argument));
  const row = ROWS.find(({ name }) => name === argument);
  if (command !== "row" || row === undefined) throw new Error(USAGE);
  const { testRow } = await import("./test-row.js");
  await testRow(row, groups.split(","));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});
