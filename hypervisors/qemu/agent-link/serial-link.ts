import { option, virtioDevice } from "../option.js";
import { AGENT_FD } from "../vmm-descriptors.js";
import type { AgentLink } from "./agent-link.js";

/** A port of virtio-serial, which any host has. */
export const serialLink: AgentLink = {
  kernelParameter: "tskata.agent=serial",
  vsockFd: undefined,
  sharesMemory: false,
  pids: [],
  deviceArguments: (machine) => {
    // Port 0 is for a virtconsole, so two ports are the least that hold one of ours.
    const controller = option(virtioDevice("virtio-serial", machine), { id: "serial0", max_ports: 2 });
    const port = option("virtserialport", { bus: "serial0.0", nr: 1, chardev: "agent", name: "tskata.agent" });
    return ["-chardev", option("socket", { id: "agent", fd: AGENT_FD }), "-device", controller, "-device", port];
  },
  open: async (process) => process.agent,
  close: async () => undefined,
};
