/** The policy pack: `pulumi preview --policy-pack policy`. Pulumi starts a process of its own with it. */
import { PolicyPack } from "@pulumi/policy";
import { policyOf } from "./adapter.ts";
import { rules } from "./rules/index.ts";

new PolicyPack("buildx-runners", {
  displayName: "buildx-runners",
  description: "Rules for every stack of buildx-runners, in Google Cloud and in GitLab.",
  enforcementLevel: "mandatory",
  policies: rules.map(policyOf),
});
