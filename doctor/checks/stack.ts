/** The stack's own file: checks that need no network. */
import { X509Certificate } from "node:crypto";
import { sshHosts } from "../../runner/fleets/kinds.ts";
import { CONFIGURATION, type PlannedCheck, question } from "../check.ts";
import type { Stack } from "../stack.ts";

const SUBJECT = "stack";

const DAY = 24 * 60 * 60 * 1000;

/** A certificate that expires sooner than this is a warning. */
const CERTIFICATE_DAYS = 30;

export function stackChecks(stack: Stack, now: () => Date): PlannedCheck[] {
  const check = (id: string, title: string, run: PlannedCheck["run"]): PlannedCheck => ({
    subject: SUBJECT,
    id: `stack.${id}`,
    title,
    run,
  });
  return [
    check("configuration", "the configuration is valid", (answers) =>
      stack.problems.length === 0
        ? answers.ok(stack.fileName)
        : answers.failed(stack.problems.join("\n"), `correct these keys in ${stack.fileName}`),
    ),
    check("engine", "the stack's secrets can be read", (answers) =>
      "description" in stack.engine
        ? answers.ok(stack.engine.description)
        : answers.skipped(
            stack.engine.reason,
            "install pulumi, log in to the stack's backend, and set PULUMI_CONFIG_PASSPHRASE; or set GITLAB_TOKEN and start an SSH agent. Checks that need no secret run without it",
          ),
    ),
    check("secrets", "secrets in the file are encrypted", (answers) =>
      stack.plainSecrets.length === 0
        ? answers.ok("none in plain text")
        : answers.failed(
            `in plain text: ${stack.plainSecrets.join(", ")}`,
            `${stack.plainSecrets.map((key) => setSecret(stack.name, key)).join("\n")}\nand rotate those that were committed to Git`,
          ),
    ),
    check("fill-ins", "it contains no placeholder of the example", (answers) => {
      const found = fillIns(stack.values);
      return found.length === 0
        ? answers.ok("none")
        : answers.failed(found.join("\n"), `replace them with your own values in ${stack.fileName}`);
    }),
    check("expiry", "no certificate in it expires soon", () => certificates(stack, now())),
    check("gone", "no entry has gone: true", (answers) => {
      const gone = (stack.config?.fleets ?? []).flatMap((fleet) =>
        sshHosts(fleet).flatMap(({ address, gone }) => (gone ? [`${address} of fleet ${fleet.name}`] : [])),
      );
      return gone.length === 0
        ? answers.ok("none")
        : answers.warning(
            `gone: true: ${gone.join(", ")}`,
            `npm run pulumi -- up --stack ${stack.name}, then remove these entries from ${stack.fileName}`,
          );
    }),
  ];
}

/** The command that encrypts a value, by its full key: `buildx-runners:fleets[0].hosts[0].privateKey`. */
export const setSecret = (stack: string, key: string): string =>
  `npm run pulumi -- config set --secret ${/[[.]/.test(key) ? "--path " : ""}'${key}' --stack ${stack}`;

/** Values that a person must replace: the example's own, and the usual marks. */
const MARKS: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /^<[^<>]+>$|…/, what: "not filled in yet" },
  { pattern: /(?:^|[.@/:])example\.(?:com|org|net)\b/, what: "an example address" },
  {
    pattern: /\b(?:CHANGE[-_ ]?ME|TODO|FIXME|FILL[-_ ]?IN|REPLACE[-_ ]?ME)\b/i,
    what: "a placeholder to replace",
  },
  {
    pattern: /^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA{40,}=?$/,
    what: "the example's host key, which no host has",
  },
];

/** Registries, mirrors and the like are never reserved names, so every text of the configuration is looked at. */
export function fillIns(values: unknown, path = ""): string[] {
  if (typeof values === "string") {
    const mark = MARKS.find(({ pattern }) => pattern.test(values));
    return mark ? [`${path}: ${shown(values)} is ${mark.what}`] : [];
  }
  if (typeof values !== "object" || values === null) return [];
  return Object.entries(values).flatMap(([key, value]) =>
    // A sealed value is cipher text.
    key === "secure"
      ? []
      : fillIns(value, Array.isArray(values) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`),
  );
}

const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

function certificates(stack: Stack, now: Date) {
  const answers = question(SUBJECT, "stack.expiry", "no certificate in it expires soon");
  const all = (stack.config?.fleets ?? []).flatMap(({ name, caCertificates }) =>
    caCertificates.flatMap((pem, index) =>
      blocks(pem).map((block) => ({ where: `caCertificates[${index}] of fleet ${name}`, block })),
    ),
  );
  if (stack.config === undefined)
    return answers.skipped(
      "the configuration is not valid",
      "correct what stack.configuration reports",
      CONFIGURATION,
    );
  if (all.length === 0) return answers.ok("it has none");
  const ends = all.map(({ where, block }) => ({ where, until: new X509Certificate(block).validToDate }));
  const remedy = `add the CA's new certificate beside it in ${stack.fileName}, then: npm run pulumi -- up --stack ${stack.name}`;
  const told = (limit: number) =>
    ends
      .filter(({ until }) => until.getTime() - now.getTime() < limit)
      .map(({ where, until }) => `${where}: ${until.toISOString().slice(0, 10)}`);
  const [ended, soon] = [told(0), told(CERTIFICATE_DAYS * DAY)];
  if (ended.length > 0) return answers.failed(`expired: ${ended.join(", ")}`, remedy);
  if (soon.length > 0)
    return answers.warning(`expires within ${CERTIFICATE_DAYS} days: ${soon.join(", ")}`, remedy);
  return answers.ok(`${ends.length} valid for ${CERTIFICATE_DAYS} days or longer`);
}

const blocks = (pem: string): string[] =>
  pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
