import { run } from "../run.ts";
import type { Instance } from "./instance.ts";
import { record } from "./journal.ts";

/** A chain that packets to or through this computer pass. */
export interface FilterChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook: "forward" | "input";
}

interface Listing {
  readonly nftables: readonly {
    readonly chain?: { family: string; table: string; name: string; type?: string; hook?: string };
    readonly rule?: { family: string; table: string; chain: string; handle: number; comment?: string };
  }[];
}

/**
 * Lets the machine's packets pass the firewall this computer has already: Docker's, ufw's and firewalld's drop what
 * they do not know, and an accept in a table of the lab's own would not overrule that.
 */
export async function openFirewall(instance: Instance): Promise<void> {
  const { stdout } = await run("nft", ["--json", "list", "chains"]);
  const chains = filterChains(stdout);
  if (chains.length === 0) return;
  record(instance, { kind: "openings", comment: instance.name });
  const input = chains.flatMap((chain) => openings(chain, instance.name)).join("\n");
  await run("nft", ["--file", "-"], { input, purpose: "let the machine through this computer's firewall" });
}

/** Takes the lab's rules with this comment out of this computer's firewall. */
export async function closeFirewall(comment: string): Promise<void> {
  const { stdout } = await run("nft", ["--json", "--handle", "list", "ruleset"]);
  for (const { rule } of (JSON.parse(stdout) as Listing).nftables) {
    if (rule?.comment !== comment) continue;
    const { family, table, chain, handle } = rule;
    await run("nft", ["delete", "rule", family, table, chain, "handle", String(handle)], { tolerate: true });
  }
}

/** The chains of `nft --json list chains` that decide over packets to or through this computer. */
export function filterChains(json: string): FilterChain[] {
  return (JSON.parse(json) as Listing).nftables.flatMap(({ chain }) => {
    if (chain?.type !== "filter" || !["ip", "inet"].includes(chain.family)) return [];
    const { family, table, name, hook } = chain;
    return hook === "forward" || hook === "input" ? [{ family, table, name, hook }] : [];
  });
}

/** The nft commands that let a link's packets pass a chain. */
export function openings(chain: FilterChain, link: string): string[] {
  const keys = chain.hook === "forward" ? ["iifname", "oifname"] : ["iifname"];
  const place = `${chain.family} ${chain.table} ${chain.name}`;
  return keys.map((key) => `insert rule ${place} ${key} "${link}" counter accept comment "${link}"`);
}
