import t from "tap";
import { complaints } from "../../../hypervisors/kvmtool/errors.js";

t.test("complaints() leaves out what lkvm tells everybody", async (t) => {
  t.equal(complaints("  Info: # lkvm run\n  Error: one\n\n Fatal: two\n"), "Error: one; Fatal: two");
});
