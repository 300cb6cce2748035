import { isOpenable } from "../../common/is-openable.js";
import type { KvmtoolSettings } from "../options.js";
import type { AgentLink } from "./agent-link.js";
import { openConsoleLink } from "./console-link.js";
import { openVsockLink } from "./vsock-link.js";

/**
 * Opens the way to an agent that the settings ask for; with `auto` the vsock of the host's kernel where this process may
 * open it, and a console elsewhere.
 *
 * @param devicePath of the host kernel's vsock; tests have another
 * @throws TskataError `unavailable` where this host lacks what it takes, `unsupported` for a console without our program
 */
export function chooseLink(
  { agentTransport, vsockPart, consoleRelay }: Pick<KvmtoolSettings, "agentTransport" | "vsockPart" | "consoleRelay">,
  devicePath = "/dev/vhost-vsock",
): AgentLink {
  const takesVsock = agentTransport === "auto" ? isOpenable(devicePath) : agentTransport === "vsock";
  return takesVsock ? openVsockLink(vsockPart) : openConsoleLink(consoleRelay);
}
