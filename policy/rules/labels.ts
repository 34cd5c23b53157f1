/** Labels that show a resource's owner and its costs. */
import { on, type Rule } from "../rule.ts";

const REQUIRED = ["managed-by", "stack", "fleet"] as const;

/** Kinds that have labels and appear on the bill, or hold secrets. */
const LABELLED = [
  "gcp:compute/disk:Disk",
  "gcp:compute/forwardingRule:ForwardingRule",
  "gcp:compute/instance:Instance",
  "gcp:compute/instanceTemplate:InstanceTemplate",
  "gcp:compute/regionDisk:RegionDisk",
  "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
  "gcp:secretmanager/secret:Secret",
] as const;

const required = (wanted: unknown): readonly string[] =>
  Array.isArray(wanted) ? wanted.filter((label): label is string => typeof label === "string") : REQUIRED;

const labels: Rule = {
  name: "labels",
  description: "Machines, disks and secrets have labels for what manages them, their stack and their fleet.",
  of: "inputs",
  url: "https://cloud.google.com/compute/docs/labeling-resources",
  config: {
    required: {
      type: "array",
      items: { type: "string" },
      description: "Labels that each must have.",
      default: REQUIRED,
    },
  },
  checks: [
    on(LABELLED, ({ labels = {} }, _, config) =>
      required(config.required)
        .filter((label) => (labels[label] ?? "") === "")
        .map((label) => ({
          where: `labels.${label}`,
          what: "the label is missing",
          remedy: "Set it: bills and inventories are grouped by it",
        })),
    ),
  ],
};

export const labelRules: readonly Rule[] = [labels];
