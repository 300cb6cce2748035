import t from "tap";
import { type KeptMember, PoolKeeper } from "../../../src/host/runtime/pool-keeper.js";

const SILENT = { debug: () => undefined, warning: () => undefined };

/** Members that are made when the test says so. */
class Workshop {
  readonly made: StandIn[] = [];
  making = 0;
  mostAtOnce = 0;
  #waiters: (() => void)[] = [];

  readonly make = async (): Promise<KeptMember> => {
    this.making += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.making);
    await new Promise((resolve) => setImmediate(resolve));
    this.making -= 1;
    const member = new StandIn(`m${this.made.length}`);
    this.made.push(member);
    for (const wake of this.#waiters.splice(0)) wake();
    return member;
  };

  async until(count: number): Promise<void> {
    while (this.made.length < count) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

class StandIn implements KeptMember {
  readonly sandboxId: string;
  readonly left: Promise<void>;
  stale: string | undefined;
  ended = false;
  leave: () => void = () => undefined;

  constructor(sandboxId: string) {
    this.sandboxId = sandboxId;
    this.left = new Promise((resolve) => {
      this.leave = resolve;
    });
  }

  async whyStale(): Promise<string | undefined> {
    return this.stale;
  }

  async end(): Promise<void> {
    this.ended = true;
    this.leave();
  }
}

t.test("a keeper makes one at a time until there are enough, and another for each that leaves", async (t) => {
  const workshop = new Workshop();
  const keeper = new PoolKeeper(3, workshop.make, SILENT);
  const over = keeper.run();
  await workshop.until(3);
  t.same(await keeper.state(), { size: 3, waiting: ["m0", "m1", "m2"], making: false });
  workshop.made[1]?.leave();
  await workshop.until(4);
  t.match(await keeper.state(), { waiting: ["m0", "m2", "m3"] });
  t.equal(workshop.mostAtOnce, 1);
  keeper.stop();
  await over;
  t.strictSame(
    workshop.made.map(({ ended }) => ended),
    [true, false, true, true],
  );
});

t.test("a keeper that is asked for its state replaces what is stale", async (t) => {
  const workshop = new Workshop();
  const keeper = new PoolKeeper(1, workshop.make, SILENT);
  const over = keeper.run();
  await workshop.until(1);
  for (const member of workshop.made) member.stale = "another kernel";
  t.match(await keeper.state(), { waiting: [] });
  await workshop.until(2);
  t.match(await keeper.state(), { waiting: ["m1"] });
  t.ok(workshop.made[0]?.ended);
  keeper.stop();
  await over;
});

t.test("a keeper tells why the last one could not be made, pauses, and ends in the pause", async (t) => {
  let tries = 0;
  let failed: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    failed = resolve;
  });
  const log = { debug: () => undefined, warning: () => failed() };
  const make = async (): Promise<KeptMember> => {
    tries += 1;
    throw new Error("no memory");
  };
  const keeper = new PoolKeeper(2, make, log);
  const over = keeper.run();
  await first;
  t.match(await keeper.state(), { waiting: [], making: false, failure: { reason: "no memory" } });
  keeper.stop();
  await over;
  t.equal(tries, 1);
});

t.test("a keeper that is stopped tells what is being made, and waits for it", async (t) => {
  let aborted = false;
  const make = async (signal: AbortSignal): Promise<KeptMember> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        aborted = true;
        reject(new Error("interrupted"));
      });
    });
  const keeper = new PoolKeeper(1, make, SILENT);
  const over = keeper.run();
  t.match(await keeper.state(), { making: true });
  keeper.stop();
  await over;
  t.ok(aborted);
  t.notOk("failure" in (await keeper.state()));
});
