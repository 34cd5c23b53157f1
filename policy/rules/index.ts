/** All rules, in the order in which a reader meets them: network, identity, machines, secrets, labels, GitLab. */
import type { Rule } from "../rule.ts";
import { gitlabRules } from "./gitlab.ts";
import { identityRules } from "./identity.ts";
import { labelRules } from "./labels.ts";
import { machineRules } from "./machines.ts";
import { networkRules } from "./network.ts";
import { secretRules } from "./secrets.ts";

export const rules: readonly Rule[] = [
  ...networkRules,
  ...identityRules,
  ...machineRules,
  ...secretRules,
  ...labelRules,
  ...gitlabRules,
];
