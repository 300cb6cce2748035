import t from "tap";
import { clockTime, startTime } from "../../../../src/host/cli/ps/times.js";

t.test("clockTime() has days only where there are any", (t) => {
  t.equal(clockTime(0), "00:00:00");
  t.equal(clockTime(3_723_999), "01:02:03");
  t.equal(clockTime(90_000_000), "1-01:00:00");
  t.equal(clockTime(62_000, "short"), "01:02");
  t.equal(clockTime(3_600_000, "short"), "01:00:00");
  t.equal(clockTime(86_400_000, "short"), "1-00:00:00");
  t.end();
});

t.test("startTime() is a time today, a day this year, or a year", (t) => {
  const now = new Date(2026, 5, 15, 12, 30).getTime();
  t.equal(startTime(new Date(2026, 5, 15, 8, 5).getTime(), now), "08:05");
  t.equal(startTime(new Date(2026, 5, 4, 8, 5).getTime(), now), "Jun04");
  t.equal(startTime(new Date(2025, 5, 15).getTime(), now), "2025");
  t.end();
});
