/** The policy pack: `pulumi preview --policy-pack policy`. Pulumi starts a process of its own with it. */
import { PolicyPack } from "@pulumi/policy";
import { policyOf } from "./adapter.ts";
import { rules } from "./rules/index.ts";

new PolicyPack("buildx-runners", {
  displayName: "buildx-runners",
  description: "What no stack of buildx-runners may do, in Google Cloud or in GitLab.",
  enforcementLevel: "mandatory",
  policies: rules.map(policyOf),
});
