import t from "tap";
import { benchOptions } from "../../bench/options.js";

const NAMES = ["run", "exec", "memory"];
const options = (...args: string[]): unknown => benchOptions(args, NAMES);

t.test("without options all is measured, twenty times", async (t) => {
  t.strictSame(options(), { rounds: 20, only: [] });
});

t.test("options come in any order, --only with several names", async (t) => {
  t.strictSame(options("--only", "run", "memory", "--rounds", "3"), { rounds: 3, only: ["run", "memory"] });
});

t.test("--soak has a thousand rounds unless told otherwise", async (t) => {
  t.strictSame(options("--soak"), { rounds: 20, only: [], soak: 1000 });
  t.strictSame(options("--soak", "50"), { rounds: 20, only: [], soak: 50 });
});

t.test("--files has a hundred thousand unless told otherwise", async (t) => {
  t.strictSame(options("--files"), { rounds: 20, only: [], files: 100_000 });
  t.strictSame(options("--files", "500"), { rounds: 20, only: [], files: 500 });
});

t.test("what isn't understood is refused with the way it is called", async (t) => {
  t.throws(() => options("--rounds"), /^--rounds: not understood; usage: npm run bench/);
  t.throws(() => options("--rounds", "0"), /positive whole number, not 0/);
  t.throws(() => options("--soak", "many"), /positive whole number, not many/);
  t.throws(() => options("--soak", "1", "2"), /not understood/);
  t.throws(() => options("--files", "0"), /positive whole number, not 0/);
  t.throws(() => options("--only"), /not understood/);
  t.throws(() => options("--only", "boot"), /no measurement boot; there are: run, exec, memory/);
  t.throws(() => options("run"), /^run: not understood/);
});
