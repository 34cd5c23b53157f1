import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { LabError } from "../errors.ts";
import { run } from "../run.ts";
import { openFirewall } from "./firewall.ts";
import type { Instance } from "./instance.ts";
import { record } from "./journal.ts";

const forwardingSwitch = "/proc/sys/net/ipv4/ip_forward";

/**
 * Gives the instance a network namespace of its own, a link to this computer, and by address translation this
 * computer's way out. Everything is in the journal before it exists.
 */
export async function createNetwork(instance: Instance): Promise<void> {
  const { name } = instance;
  const ip = (...argv: string[]) => run("ip", argv, { purpose: "create the machine's network" });
  const inside = (...argv: string[]) => ip("-netns", name, ...argv);
  record(instance, { kind: "namespace", name });
  await ip("netns", "add", name);
  record(instance, { kind: "link", name });
  const mtu = await outgoingMtu();
  await ip(
    "link",
    "add",
    name,
    "mtu",
    mtu,
    "type",
    "veth",
    "peer",
    "name",
    "eth0",
    "mtu",
    mtu,
    "netns",
    name,
  );
  await ip("address", "add", `${instance.bridgeAddress}/24`, "dev", name);
  await ip("link", "set", name, "up");
  await inside("link", "set", "lo", "up");
  await inside("address", "add", `${instance.address}/24`, "dev", "eth0");
  await inside("link", "set", "eth0", "up");
  await inside("route", "add", "default", "via", instance.bridgeAddress);
  record(instance, { kind: "table", name: instance.table });
  await run("nft", ["--file", "-"], { input: natRules(instance), purpose: "connect the machine's network" });
  await openFirewall(instance);
  allowForwarding(instance);
}

/** The nftables table that lets the machine out under this computer's address. */
export function natRules(instance: Instance): string {
  return `table ip ${instance.table} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${instance.subnet} oifname != "${instance.name}" masquerade
  }
}
`;
}

/** Packets to a wider link than the way out are dropped by networks that filter ICMP, so take its size. */
async function outgoingMtu(): Promise<string> {
  const route = await run("ip", ["-json", "route", "show", "default"], { tolerate: true });
  const device = /"dev":\s*"([^"]+)"/.exec(route.stdout)?.[1];
  const file = `/sys/class/net/${device}/mtu`;
  return device !== undefined && existsSync(file) ? readFileSync(file, "utf8").trim() : "1500";
}

function allowForwarding(instance: Instance): void {
  if (readFileSync(forwardingSwitch, "utf8").trim() === "1") {
    // Possibly on only because of another machine of the lab; then the last of them to go turns it off.
    if (existsSync(forwardingNote)) record(instance, { kind: "forwarding" });
    return;
  }
  writeFileSync(forwardingNote, "off\n");
  record(instance, { kind: "forwarding" });
  writeFileSync(forwardingSwitch, "1");
}

/** Says that the lab turned forwarding on; gone when this computer reboots, as is the setting. */
export const forwardingNote = "/run/buildx-lab-forwarding";

/** Turns forwarding off if the lab turned it on and no other machine of it is up. */
export function restoreForwarding(otherMachines: boolean): void {
  if (otherMachines || !existsSync(forwardingNote)) return;
  writeFileSync(forwardingSwitch, "0");
  rmSync(forwardingNote);
}

/**
 * The resolv.conf of the machine: this computer's, unless that names a server on its own loopback, which the
 * machine cannot reach; then that server's own upstream.
 *
 * @throws LabError when no reachable name server is configured.
 */
export function nameServers(): string {
  const candidates = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"].filter((file) =>
    existsSync(file),
  );
  for (const file of candidates) {
    const text = reachableOnly(readFileSync(file, "utf8"));
    if (text !== undefined) return text;
  }
  throw new LabError(
    "No name server for the lab's machine: /etc/resolv.conf names none, or only ones on this computer's loopback. " +
      "Add a name server that other machines can reach.",
  );
}

/** The file without its loopback name servers and comments; undefined when no server is left. */
export function reachableOnly(resolvConf: string): string | undefined {
  const lines = resolvConf
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^[#;]/.test(line))
    .filter((line) => !/^nameserver\s+(127\.|::1$)/.test(line));
  return lines.some((line) => /^nameserver\s/.test(line)) ? `${lines.join("\n")}\n` : undefined;
}
