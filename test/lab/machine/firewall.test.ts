import { expect, test } from "vitest";
import { filterChains, openings } from "../../../lab/machine/firewall.ts";

const chain = (fields: Record<string, unknown>) => ({
  chain: { family: "ip", handle: 1, prio: 0, ...fields },
});

test("opens the chains that packets to and through this computer pass, and no other", () => {
  const listing = {
    nftables: [
      { metainfo: { version: "1.0.6", json_schema_version: 1 } },
      chain({ table: "filter", name: "FORWARD", type: "filter", hook: "forward", policy: "drop" }),
      chain({ table: "filter", name: "DOCKER-USER" }),
      chain({ table: "nat", name: "POSTROUTING", type: "nat", hook: "postrouting", policy: "accept" }),
      chain({ family: "inet", table: "firewalld", name: "filter_INPUT", type: "filter", hook: "input" }),
      chain({ family: "ip6", table: "filter", name: "INPUT", type: "filter", hook: "input" }),
    ],
  };
  expect(filterChains(JSON.stringify(listing))).toEqual([
    { family: "ip", table: "filter", name: "FORWARD", hook: "forward" },
    { family: "inet", table: "firewalld", name: "filter_INPUT", hook: "input" },
  ]);
});

test("both ways through, one way in, each rule marked for its removal", () => {
  expect(openings({ family: "ip", table: "filter", name: "FORWARD", hook: "forward" }, "buildx-lab")).toEqual(
    [
      'insert rule ip filter FORWARD iifname "buildx-lab" counter accept comment "buildx-lab"',
      'insert rule ip filter FORWARD oifname "buildx-lab" counter accept comment "buildx-lab"',
    ],
  );
  expect(
    openings({ family: "ip", table: "filter", name: "INPUT", hook: "input" }, "buildx-lab"),
  ).toHaveLength(1);
});
