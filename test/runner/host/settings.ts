import type { HostSettings } from "../../../runner/host/settings.ts";
import { withDefaults } from "../../../runner/host/table.ts";

/** A host of both levels with nothing unusual about it; a test changes what it is about. */
export function exampleSettings(changes: Partial<HostSettings> = {}): HostSettings {
  return {
    role: "host",
    stack: "dev",
    fleet: "linux",
    levels: ["open", "protected"],
    runners: [
      { name: "dev/linux/open/socket", level: "open", class: "socket" },
      { name: "dev/linux/open/plain", level: "open", class: "plain" },
      { name: "dev/linux/protected/socket", level: "protected", class: "socket" },
      { name: "dev/linux/protected/plain", level: "protected", class: "plain" },
    ],
    gitlabUrl: "https://gitlab.example.com",
    ...withDefaults({
      gitlabRunner: "none",
      builder: { reservedSpace: "5GB", maxUsedSpace: "20GB", minFreeSpace: "10%" },
    }),
    ...changes,
  };
}

/** Something that passes for a certificate wherever only its text matters. */
export const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIBexample\n-----END CERTIFICATE-----\n";
