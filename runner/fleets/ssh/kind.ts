/** Hosts that are reached over SSH. */
import { RECORD_FOR_EACH_CLASS } from "../../records.ts";
import { hostSettings } from "../../settings.ts";
import type { FleetKind, FleetOf, StackFacts } from "../kind.ts";
import { type SshHostConfig, sshHostsSchema } from "./schema.ts";

/** A host is set up as all of its fleet are, but for what it takes over. */
function hostsOf(config: StackFacts, fleet: FleetOf<readonly SshHostConfig[]>) {
  const settings = hostSettings(config, fleet, RECORD_FOR_EACH_CLASS);
  return fleet.machines.map((host) => ({
    host,
    settings: host.takeOver === undefined ? settings : { ...settings, takeOver: host.takeOver },
  }));
}

export const sshKind: FleetKind<readonly SshHostConfig[]> = {
  title: "Hosts over SSH",
  schema: sshHostsSchema,
  records: RECORD_FOR_EACH_CLASS,
  perStack: {
    "[].address": { ask: "the machine's name or IP address" },
    "[].hostKey": { ask: "the machine's public key: cat /etc/ssh/ssh_host_ed25519_key.pub on it" },
    "[].gone": { drop: true },
    "[].takeOver": { drop: true },
  },
  problems: () => [],
  place: (fleet) => ({ place: "ssh", hosts: fleet.machines }),
  machines: (config, fleet) =>
    hostsOf(config, fleet).map(({ settings }, index) => ({ name: `${fleet.name}-${index + 1}`, settings })),
  images: () => [],
  async create(name, args, opts) {
    const { SshFleet } = await import("./fleet.ts");
    return new SshFleet(name, { ...args, hosts: hostsOf(args.config, args.fleet) }, opts);
  },
};
