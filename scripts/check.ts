import { CHECKS, runChecks } from "./checks/run-checks.js";

/** Runs the checks, or those whose name contains an argument, as in `npm run check -- lint`. */
async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const chosen = CHECKS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const failed = await runChecks(process.cwd(), chosen, (text) => console.log(text));
  if (chosen.length === 0)
    console.error(`no check has such a name; there are: ${CHECKS.map(({ name }) => name).join(", ")}`);
  if (failed.length > 0) console.error(`\nfailed: ${failed.join(", ")}`);
  if (failed.length > 0 || chosen.length === 0) process.exitCode = 1;
}

await main();
