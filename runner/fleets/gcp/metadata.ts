/** What machines of Google Cloud are told: instance attributes, by key. Nothing in here is secret. */
import * as pulumi from "@pulumi/pulumi";
import { ATTRIBUTES, LARGEST_ATTRIBUTE, STARTUP_SCRIPT } from "../../host/cloud.ts";

/** Bytes that all metadata values of an instance may have together; as {@link LARGEST_ATTRIBUTE} on the same page. */
export const LARGEST_METADATA = 524_288;

export type Metadata = Readonly<Record<string, string>>;

/**
 * The part that instance templates carry. A change of it needs new machines, so it holds what hardly ever changes.
 *
 * People log in with their Google accounts. On machines that only a program logs in to, OS Login keeps the guest agent
 * from making accounts, and administrators, of the keys that the program puts into the metadata.
 * @see https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys
 */
export const TEMPLATE_METADATA: Metadata = {
  [ATTRIBUTES.startup]: STARTUP_SCRIPT,
  "block-project-ssh-keys": "TRUE",
  "enable-guest-attributes": "TRUE",
  "enable-oslogin": "TRUE",
  "serial-port-enable": "FALSE",
};

/**
 * The part that a group's all-instances configuration carries: it reaches running machines, and restarts none.
 *
 * @param setup the whole set-up, as `setupScript` gives it.
 * @param secret name of the secret's version that holds the runner tokens: `projects/…/secrets/…/versions/3`. It may
 *   be known later than the rest.
 * @see https://cloud.google.com/compute/docs/instance-groups/set-mig-aic
 */
export const groupMetadata = <Name>(setup: string, secret: Name): Record<string, string | Name> => ({
  [ATTRIBUTES.setup]: setup,
  [ATTRIBUTES.secret]: secret,
});

const bytes = (text: string): number => Buffer.byteLength(text, "utf8");

const WAY_OUT = "remove certificates or registry mirrors from the fleet's configuration";

/**
 * Why Google would refuse what a machine ends up with, or nothing. Its own message would come after half of the
 * resources are made.
 *
 * @see https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations
 */
export function metadataProblem(...parts: readonly Metadata[]): string | undefined {
  const values = Object.entries(Object.assign({}, ...parts) as Metadata);
  const tooLarge = values.find(([, value]) => bytes(value) > LARGEST_ATTRIBUTE);
  if (tooLarge)
    return `the metadata value ${tooLarge[0]} has ${bytes(tooLarge[1])} bytes, and Google's limit is ${LARGEST_ATTRIBUTE}; ${WAY_OUT}`;
  const total = values.reduce((sum, [key, value]) => sum + bytes(key) + bytes(value), 0);
  return total > LARGEST_METADATA
    ? `the machines' metadata has ${total} bytes, and Google's limit is ${LARGEST_METADATA}; ${WAY_OUT}`
    : undefined;
}

/**
 * Holds a fleet's metadata against Google's limits, before its first resource.
 *
 * @throws {pulumi.ResourceError} at the fleet.
 */
export function checkMetadata(
  fleet: pulumi.ComponentResource,
  name: string,
  ...parts: readonly Metadata[]
): void {
  const problem = metadataProblem(...parts);
  if (problem !== undefined) throw new pulumi.ResourceError(`fleet ${name}: ${problem}`, fleet, true);
}
