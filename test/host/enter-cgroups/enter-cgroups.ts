import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { ENTER_CGROUPS } from "../../support/built-programs.js";

/** Runs the program to its end. */
function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(ENTER_CGROUPS, args, { encoding: "utf8" });
}

t.test("it puts itself into each cgroup by its file, and becomes the command", async (t) => {
  const directory = t.testdir({ tasks: "", other: "" });
  const files = ["tasks", "other"].map((name) => join(directory, name));
  t.match(run(...files, "--", "sh", "-c", 'echo "$0 $#"', "a", "--", "b"), { status: 0, stdout: "a 2\n", stderr: "" });
  for (const file of files) t.equal(readFileSync(file, "utf8"), "0");
});

t.test("a cgroup that can't be entered doesn't keep the command from running", async (t) => {
  t.match(run("/nowhere/tasks", "/dev/full", "--", "echo", "runs"), { status: 0, stdout: "runs\n", stderr: "" });
  t.match(run("--", "echo", "runs"), { status: 0, stdout: "runs\n" });
});

t.test("it says what it can't start, and how it is to be called", async (t) => {
  const message = "tskata-enter-cgroups: start /nowhere/program: No such file or directory\n";
  t.match(run("--", "/nowhere/program"), { status: 1, stderr: message });
  for (const args of [[], ["--"], ["file"]]) t.match(run(...args), { status: 2, stderr: /^usage: / });
});
