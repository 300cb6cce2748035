import type { QmpClient, QmpEvent } from "qemu-qmp-client";
import { withDeadline } from "../../src/common/deadline.js";
import { TskataError } from "../../src/common/error.js";
import { vmGone } from "../common/vm-errors.js";
import { fromControlError } from "./errors.js";

/** A working guest takes a device within 50 ms; one that is busy and translated may need seconds. */
const ANSWER_TIMEOUT_MS = 10_000;

/** By which QEMU tells what a guest made of a device that is plugged or unplugged. */
const ANSWER_EVENTS = ["ACPI_DEVICE_OST", "DEVICE_DELETED", "DEVICE_UNPLUG_GUEST_ERROR", "MEM_UNPLUG_ERROR"] as const;

/** _OST of the ACPI specification, 6.3.5: which event a guest tells of ... */
const INSERTION = 1;
const EJECTION = 3;
/** ... and what has become of it; anything not named here is a refusal. */
const SUCCESS = 0;
const INSERTION_GOES_ON = 0x80;
const EJECTION_GOES_ON = 0x84;

type AnswerEvent = QmpEvent<(typeof ANSWER_EVENTS)[number]>;

/** What an event says of a device: undefined where nothing, or that the guest is at it. */
type Verdict = "done" | { readonly refusal: string } | undefined;

/** Commands that set it off; they end with the signal. */
type Ask = (signal: AbortSignal) => Promise<unknown>;

/** A device that the guest is asked to give back. */
export interface PluggedDevice {
  readonly id: string;
  readonly qomPath: string;
  /** Asks QEMU, whose versions tell of the end of a device in different events. */
  readonly isGone: (signal: AbortSignal) => Promise<boolean>;
}

/**
 * Plugs a device and waits until the guest's kernel has taken it.
 *
 * @param what what is asked for, for errors
 * @param plug has QEMU plug it
 * @throws TskataError `deadline` for a guest that says nothing, `failed-precondition` for one that refuses
 */
export async function plugged(
  client: QmpClient,
  what: string,
  id: string,
  plug: Ask,
  signal?: AbortSignal,
): Promise<void> {
  await answered(client, what, plug, async (event) => verdictOnPlug(event, id), signal);
}

/**
 * Asks the guest for a device and waits until it is gone.
 *
 * @throws as `plugged`
 */
export async function unplugged(
  client: QmpClient,
  what: string,
  device: PluggedDevice,
  unplug: Ask,
  signal?: AbortSignal,
): Promise<void> {
  const judge = async (event: AnswerEvent, deadline: AbortSignal): Promise<Verdict> =>
    refusalOf(event, device) ?? ((await device.isGone(deadline)) ? "done" : undefined);
  await answered(client, what, unplug, judge, signal);
}

async function answered(
  client: QmpClient,
  what: string,
  ask: Ask,
  judge: (event: AnswerEvent, signal: AbortSignal) => Promise<Verdict>,
  signal?: AbortSignal,
): Promise<void> {
  const waitForAnswer = async (deadline: AbortSignal): Promise<void> => {
    const events = client.events({ names: ANSWER_EVENTS, signal: deadline });
    try {
      await ask(deadline);
      for await (const event of events) {
        const verdict = await judge(event, deadline);
        if (verdict === "done") return;
        if (verdict !== undefined) throw new TskataError("failed-precondition", `${what}: ${verdict.refusal}`);
      }
      throw vmGone(what);
    } catch (error) {
      throw fromControlError(what, error);
    } finally {
      await events.return();
    }
  };
  await withDeadline(`${what}: wait for the guest's kernel`, ANSWER_TIMEOUT_MS, waitForAnswer, signal);
}

function verdictOnPlug(event: AnswerEvent, id: string): Verdict {
  if (event.name !== "ACPI_DEVICE_OST") return undefined;
  const { device, source, status } = event.data.info;
  if (device !== id || source !== INSERTION || status === INSERTION_GOES_ON) return undefined;
  return status === SUCCESS ? "done" : { refusal: `the guest's kernel refused it (ACPI status ${status})` };
}

function refusalOf(event: AnswerEvent, { id, qomPath }: PluggedDevice): Verdict {
  switch (event.name) {
    case "DEVICE_DELETED":
      return undefined;
    case "DEVICE_UNPLUG_GUEST_ERROR":
      return event.data.path === qomPath ? { refusal: "the guest's kernel needs it" } : undefined;
    case "MEM_UNPLUG_ERROR":
      return event.data.device === id ? { refusal: "the guest's kernel needs it" } : undefined;
    case "ACPI_DEVICE_OST": {
      const { device, source, status } = event.data.info;
      if (device !== id || source !== EJECTION || status === SUCCESS || status === EJECTION_GOES_ON) return undefined;
      return { refusal: `the guest's kernel needs it (ACPI status ${status})` };
    }
  }
}
