/** Removes secrets from output: known ones, and texts with the form of one. */
import { PLACEHOLDER } from "../config/secret.ts";

/**
 * @see https://docs.gitlab.com/security/tokens/#token-prefixes
 */
const SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\bgl[a-z]{1,8}-[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_.-]+)?/g,
  // A password in an address.
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
];

/** Shorter ones would blank out half of every sentence. */
const SHORTEST = 6;

/**
 * @param secrets in plain text; those of several lines are looked for line by line, too.
 * @example
 * redactor(["hunter2"])("the password is hunter2"); // "the password is [secret]"
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const known = [...new Set(secrets.flatMap((secret) => [secret.trim(), ...secret.split(/\r?\n/)]))]
    .filter((secret) => secret.length >= SHORTEST && !/^-----(?:BEGIN|END) /.test(secret))
    .sort((one, other) => other.length - one.length);
  return (text) => {
    let safe = text;
    for (const secret of known) safe = safe.replaceAll(secret, PLACEHOLDER);
    for (const shape of SHAPES) safe = safe.replaceAll(shape, PLACEHOLDER);
    return safe;
  };
}
