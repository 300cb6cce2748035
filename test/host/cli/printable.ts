import t from "tap";
import { printable } from "../../../src/host/cli/printable.js";

t.test("printable() leaves no control character", (t) => {
  t.equal(printable("plain ä €\u{1f600}"), "plain ä €\u{1f600}");
  t.equal(printable("\u001b[2J\n\t\u0000\u007f\u009b"), "?[2J?????");
  t.end();
});
