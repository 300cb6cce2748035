import { spawn } from "node:child_process";
import { CHECKS, runChecks } from "./checks/run-checks.js";

/**
 * npm test, after the build: the checks, then the guest's kernel and image,
 * then all tests. Findings of the checks don't keep the tests from running.
 */
async function main(): Promise<void> {
  const failedChecks = await runChecks(process.cwd(), CHECKS, (text) => console.log(text));
  console.log("");
  const guest = await run("build/scripts/build-guest.mjs");
  if (guest !== 0) console.error("the guest's kernel and image can't be built: tests with VMs will fail");
  const tests = await run("build/scripts/run-tests.mjs", ...process.argv.slice(2));
  if (failedChecks.length > 0) console.error(`checks that failed: ${failedChecks.join(", ")}`);
  process.exitCode = failedChecks.length > 0 || guest !== 0 || tests !== 0 ? 1 : 0;
}

function run(...args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (status) => resolve(status ?? 1));
  });
}

await main();
