/** For each rule what it must refuse, and what it must let pass. */
import { gitlabCases } from "./gitlab.ts";
import { identityCases } from "./identity.ts";
import { machinesCases } from "./machines.ts";
import { networkCases } from "./network.ts";
import { secretsCases } from "./secrets.ts";
import type { Cases } from "./subject.ts";

export const cases: Readonly<Record<string, Cases>> = {
  ...networkCases,
  ...identityCases,
  ...machinesCases,
  ...secretsCases,
  ...gitlabCases,
};
