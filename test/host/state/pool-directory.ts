import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { PoolDirectory, type PoolMember } from "../../../src/host/state/pool-directory.js";
import { self } from "../fixtures/container-record.js";

function emptyPool(t: Test): PoolDirectory {
  const pool = new PoolDirectory(join(t.testdir({}), "run"));
  pool.prepare();
  return pool;
}

function member(sandboxId: string): PoolMember {
  return { version: 1, sandboxId, runDirectory: `/run/${sandboxId}`, settings: "{}", inputs: {}, supervisor: self() };
}

t.test("a pool that nobody keeps has no members", async (t) => {
  t.strictSame(new PoolDirectory("/nowhere/run").members(), []);
});

t.test("members wait until they are claimed, in a directory that is root's alone", async (t) => {
  const pool = emptyPool(t);
  t.equal(statSync(pool.path).mode & 0o777, 0o700);
  pool.add(member("a"));
  pool.add(member("b"));
  t.strictSame(pool.members(), [member("a"), member("b")]);
  t.ok(pool.claim(member("a")));
  t.strictSame(pool.members(), [member("b")]);
  t.notOk(pool.claim(member("a")));
});

t.test("each member is given once, however many claim at the same time", async (t) => {
  const pool = emptyPool(t);
  const all = Array.from({ length: 20 }, (_, index) => member(`m${index}`));
  for (const each of all) pool.add(each);
  const claimed = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const got: string[] = [];
      for (const each of pool.members()) {
        await Promise.resolve();
        if (pool.claim(each)) got.push(each.sandboxId);
      }
      return got;
    }),
  );
  t.strictSame(claimed.flat().toSorted(), all.map(({ sandboxId }) => sandboxId).toSorted());
});

t.test("files of another version are no members, and clear() removes all members' files alone", async (t) => {
  const pool = emptyPool(t);
  writeFileSync(pool.memberPath("old"), JSON.stringify({ ...member("old"), version: 0 }));
  writeFileSync(`${pool.memberPath("half")}.tmp`, "{");
  writeFileSync(pool.lockPath, "");
  mkdirSync(join(pool.path, "folder"));
  t.strictSame(pool.members(), []);
  pool.clear();
  t.strictSame(readdirSync(pool.path), ["folder", "lock"]);
});
