/** Credentials that can be recognised by their form, and the texts that are searched for them. */
import { isUnknownValue } from "./unknown.ts";

interface Credential {
  readonly what: string;
  readonly pattern: RegExp;
}

/**
 * @see https://docs.gitlab.com/security/tokens/#token-prefixes
 * @see https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
const CREDENTIALS: readonly Credential[] = [
  { what: "a runner's authentication token", pattern: /\bglrtr?-[\w-]{16,}/ },
  { what: "a runner's registration token", pattern: /\bGR1348941[\w-]{16,}/ },
  {
    what: "a token of GitLab",
    pattern: /\b(?:glpat|gldt|gloas|glcbt|glptt|glft|glimt|glagent|glwt|glsoat|glffct)-[\w-]{16,}/,
  },
  { what: "a private key", pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/ },
  { what: "a key of a Google service account", pattern: /"private_key_id"\s*:\s*"[0-9a-f]{40}"/ },
  { what: "an access token of Google", pattern: /\bya29\.[\w-]{20,}/ },
  { what: "an API key of Google", pattern: /\bAIza[\w-]{35}\b/ },
  { what: "an access key of AWS", pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/ },
  { what: "a token of GitHub", pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})/ },
];

/** What credential a text holds. Never returns the text itself, which goes into messages. */
export const credentialIn = (text: string): string | undefined =>
  CREDENTIALS.find(({ pattern }) => pattern.test(text))?.what;

export interface Text {
  /** `metadata.startup-script`, `disks[0].labels.owner`. */
  readonly where: string;
  readonly text: string;
}

/** Reads a property; undefined for a value that a preview does not know yet. */
export function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isUnknownValue(error)) return undefined;
    throw error;
  }
}

/** Every text in a value, keys of objects included: a label's key is as public as its value. */
export function textsIn(value: unknown, where: string): Text[] {
  if (typeof value === "string") return [{ where, text: value }];
  if (Array.isArray(value))
    return value.flatMap((_, index) =>
      textsIn(
        known(() => value[index] as unknown),
        `${where}[${index}]`,
      ),
    );
  if (typeof value !== "object" || value === null) return [];
  const entries = value as Readonly<Record<string, unknown>>;
  return Object.keys(entries).flatMap((key) => [
    { where, text: key },
    ...textsIn(
      known(() => entries[key]),
      `${where}.${key}`,
    ),
  ]);
}
