import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../src/common/error.js";
import { coldBoot, type Figure, growth, inRunningContainer, medianBoot, runTrue } from "./benchmarks.js";
import { machineFacts } from "./machine-facts.js";
import { waterfallSvg, waterfallText } from "./waterfall.js";
import { Workbench } from "./workbench.js";

/** Measures what SPECIFICATION.md promises: `npm run bench -- [--rounds N]`. Leaves the rest in `build/bench/`. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a positive number");
  const facts = machineFacts();
  console.log(facts.join("\n"));
  const bench = new Workbench(process.cwd());
  try {
    const { figure, boots } = await coldBoot(bench, rounds);
    const running = [...(await inRunningContainer(bench, rounds)), ...(await growth(bench, rounds))];
    const figures = [figure, await runTrue(bench, rounds), ...running];
    const boot = medianBoot(boots);
    console.log(`\nmedians of ${rounds}\n${figures.map(figureLine).join("\n")}\n\n${waterfallText(boot)}`);
    const output = join(process.cwd(), "build/bench");
    mkdirSync(output, { recursive: true });
    writeFileSync(join(output, "results.json"), `${JSON.stringify({ facts, figures, boots }, undefined, 2)}\n`);
    writeFileSync(join(output, "boot.svg"), waterfallSvg(boot, `Boot of a VM: ${facts[0] ?? ""}`));
    console.log(`\nsee also ${join(output, "boot.svg")} and results.json beside it`);
  } finally {
    bench.close();
  }
}

function figureLine({ name, median, unit, promised, bound, samples }: Figure): string {
  const isKept = bound === "at most" ? median <= promised : median >= promised;
  const value = `${median.toFixed(0)} ${unit}`.padStart(10);
  const spread = `${Math.min(...samples).toFixed(0)} to ${Math.max(...samples).toFixed(0)}`;
  return `${name.padEnd(10)} ${value}  (${spread}; promised: ${bound} ${promised}${isKept ? "" : ", NOT KEPT"})`;
}

main().catch((error: unknown) => {
  console.error(`bench: ${messageOf(error)}`);
  process.exitCode = 1;
});
