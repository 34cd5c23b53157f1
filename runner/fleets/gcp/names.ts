/** Names and labels within Google's rules. */
import { createHash } from "node:crypto";

/**
 * A service account's id. Google takes 30 characters, and the provider refuses to cut a longer name by itself; the
 * digest keeps fleets of the same name apart, which several stacks of a project may have.
 *
 * @param part what the account is for, where a fleet has several.
 * @example
 * accountId("dev", "linux"); // "linux-9c2ca568"
 * @see https://cloud.google.com/iam/docs/service-accounts-create
 */
export function accountId(stack: string, fleet: string, part = ""): string {
  const digest = createHash("sha256").update(`${stack}\n${fleet}\n${part}`).digest("hex").slice(0, 8);
  return `${fleet.slice(0, 21)}-${digest}`;
}

/** @see https://cloud.google.com/compute/docs/labeling-resources#requirements */
const labelValue = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, "-")
    .slice(0, 63);

/**
 * Labels of everything that can have them: to group costs, and to mark what must not be deleted by hand.
 *
 * @param own those of the fleet's configuration; they cannot hide the three.
 */
export const fleetLabels = (
  stack: string,
  fleet: string,
  own: Readonly<Record<string, string>>,
): Record<string, string> => ({
  ...own,
  "managed-by": "buildx-runners",
  stack: labelValue(stack),
  fleet: labelValue(fleet),
});
