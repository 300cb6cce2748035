import t from "tap";
import { TskataError } from "../../../src/common/error.js";
import { fromWireError, toWireError } from "../../../src/host/sandbox/wire-error.js";

t.test("an error keeps its code and its text from process to process", async (t) => {
  const error = new TskataError("not-found", "container x does not exist");
  t.match(fromWireError(toWireError(error)), { code: "not-found", message: "container x does not exist" });
  t.strictSame(toWireError(new TypeError("a fault")), { code: "internal", message: "a fault" });
  t.strictSame(toWireError("text"), { code: "internal", message: "text" });
});

t.test("an error tells what could not be undone", async (t) => {
  const failure = new Error("clean up: move eth0 back", { cause: new Error("file exists") });
  t.strictSame(toWireError(new TskataError("deadline", "no answer"), [failure]), {
    code: "deadline",
    message: "no answer; clean up: move eth0 back: file exists",
  });
});
