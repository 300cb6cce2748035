import t from "tap";
import { TtrpcError } from "ttrpc-ts/lite";
import { type ErrorCode, TskataError } from "../../src/common/error.js";
import { fromRpcError, toRpcError } from "../../src/protocol/rpc-error.js";

const CODES: readonly ErrorCode[] = [
  "invalid-argument",
  "not-found",
  "already-exists",
  "failed-precondition",
  "unsupported",
  "unavailable",
  "deadline",
  "resource",
  "permission",
  "internal",
];

t.test("an operation's error comes out of the call with its code and text", async (t) => {
  for (const code of CODES) {
    const error = new TskataError(code, "what it was");
    t.match(fromRpcError(toRpcError(error)), { name: "TskataError", code, message: "what it was" });
  }
  t.match(toRpcError(new TypeError("a fault")), { code: "internal", message: "a fault" });
});

t.test("a call that was given up fails with the signal's reason", async (t) => {
  const reason = new TskataError("deadline", "too late");
  t.equal(fromRpcError(new TtrpcError("canceled", "canceled", { cause: reason })), reason);
  const other = new Error("no error of the call");
  t.equal(fromRpcError(other), other);
});

t.test("the guest's text is bounded and can't steer a terminal", async (t) => {
  const error = fromRpcError(new TtrpcError("data-loss", `\u001b[2J\u0007${"x".repeat(5000)}`)) as TskataError;
  t.equal(error.code, "internal");
  t.equal(error.message.length, 2000);
  t.ok(error.message.startsWith(" [2J x"));
});
