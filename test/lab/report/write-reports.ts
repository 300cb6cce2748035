import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import t from "tap";
import { htmlPage } from "../../../src/lab/report/html-page.js";
import { junitText } from "../../../src/lab/report/junit-text.js";
import { jsonText } from "../../../src/lab/report/json-text.js";
import { writeReports } from "../../../src/lab/report/write-reports.js";
import { GOOD_REPORT, HOSTILE, mixedReport } from "./fixtures/example-report.js";

t.test("writeReports() writes what was asked for, and nothing else", async (t) => {
  const directory = t.testdir({ "b.xml": "old" });
  const report = mixedReport(HOSTILE);
  await writeReports(report, { json: join(directory, "a.json"), junit: join(directory, "b.xml") });
  t.strictSame(readdirSync(directory), ["a.json", "b.xml"]);
  t.equal(readFileSync(join(directory, "a.json"), "utf8"), jsonText(report));
  t.equal(readFileSync(join(directory, "b.xml"), "utf8"), junitText(report));
  await writeReports(report, { html: join(directory, "c.html") });
  t.equal(readFileSync(join(directory, "c.html"), "utf8"), htmlPage(report));
  await writeReports(report, {});
  t.strictSame(readdirSync(directory), ["a.json", "b.xml", "c.html"]);
});

t.test("jsonText() keeps the report as it is", async (t) => {
  t.strictSame(JSON.parse(jsonText(mixedReport(HOSTILE))), mixedReport(HOSTILE));
});

t.test("writeReports() replaces the file that a symbolic link leads to", async (t) => {
  const directory = t.testdir({ real: { "a.json": "old" } });
  const link = join(directory, "latest.json");
  symlinkSync("real/a.json", link);
  await writeReports(GOOD_REPORT, { json: link });
  t.equal(readlinkSync(link), "real/a.json");
  t.equal(readFileSync(join(directory, "real/a.json"), "utf8"), jsonText(GOOD_REPORT));
  t.strictSame(readdirSync(join(directory, "real")), ["a.json"]);
});

t.test("writeReports() writes to a pipe", async (t) => {
  const directory = t.testdir();
  const pipe = join(directory, "pipe");
  const [status] = (await once(spawn("mkfifo", [pipe]), "exit")) as [number];
  t.equal(status, 0);
  const reader = spawn("cat", [pipe], { stdio: ["ignore", "pipe", "inherit"] });
  const [read] = await Promise.all([text(reader.stdout), writeReports(GOOD_REPORT, { json: pipe })]);
  t.equal(read, jsonText(GOOD_REPORT));
  t.strictSame(readdirSync(directory), ["pipe"]);
});

t.test("writeReports() names what it can't write, and writes the rest", async (t) => {
  const directory = t.testdir({ folder: {} });
  const json = join(directory, "none", "a.json");
  const junit = join(directory, "folder");
  const html = join(directory, "c.html");
  await t.rejects(writeReports(GOOD_REPORT, { json, junit, html }), {
    code: "not-found",
    message: `write the json report to ${json}: its directory doesn't exist: make that first; write the junit report to ${junit}: that is a directory: name a file in it`,
  });
  t.strictSame(readdirSync(directory), ["c.html", "folder"]);
  await t.rejects(writeReports(GOOD_REPORT, { html: "/dev/full" }), { code: "resource", message: /\/dev\/full/ });
});
