/** GitLab itself: its address, its certificate and its version. */
import { connect, type PeerCertificate, rootCertificates } from "node:tls";
import coerce from "semver/functions/coerce.js";
import lt from "semver/functions/lt.js";
import type { ProjectConfig, StackConfig } from "../../config.ts";
import { projectVariables } from "../../pipeline/variables.ts";
import { CONFIGURATION, GITLAB_REACHABLE, type PlannedCheck, question } from "../check.ts";
import {
  type GitlabConnection,
  GitlabRefusal,
  GitlabUnreachable,
  type Quota,
  trusted,
} from "../gitlab-client.ts";
import type { GitlabFacts } from "../gitlab-facts.ts";
import { fleetOf, type Stack } from "../stack.ts";

const SUBJECT = "GitLab";
const DAY = 24 * 60 * 60 * 1000;

export function gitlabChecks(stack: Stack, facts: GitlabFacts, now: () => Date): PlannedCheck[] {
  const { connection } = stack.gitlab;
  return [
    {
      subject: SUBJECT,
      id: "gitlab.reachable",
      title: `${connection.url} answers`,
      run: async (answers) => {
        try {
          return answers.ok(`GitLab ${await facts.version()}`);
        } catch (error) {
          if (error instanceof GitlabUnreachable) return unreachable(stack, error);
          // A refusal shows that GitLab is there.
          if (error instanceof GitlabRefusal && error.status !== 404)
            return answers.ok(`it answers with ${error.status}`);
          return answers.failed(
            "a server other than GitLab answers there",
            `npm run pulumi -- config set gitlab:baseUrl https://…/api/v4/ --stack ${stack.name}`,
          );
        }
      },
    },
    {
      subject: SUBJECT,
      id: "gitlab.tls",
      title: "its certificate is trusted here and on the hosts",
      run: async (answers) =>
        connection.url.startsWith("https:")
          ? certificateAnswer(stack, await lookAtCertificate(connection), now())
          : answers.failed(
              "http: tokens are sent in plain text",
              `npm run pulumi -- config set gitlab:baseUrl https://…/api/v4/ --stack ${stack.name}`,
            ),
    },
    {
      subject: SUBJECT,
      id: "gitlab.version",
      title: "its version has what this stack needs",
      run: async (answers) => {
        if (stack.config === undefined)
          return answers.skipped(
            "the configuration is not valid",
            "correct what stack.configuration reports",
            CONFIGURATION,
          );
        return versionAnswer(await facts.version(), neededFeatures(stack.config, stack.delivery));
      },
    },
  ];
}

function unreachable(stack: Stack, { code, message }: GitlabUnreachable) {
  const answers = question(SUBJECT, "gitlab.reachable", `${stack.gitlab.connection.url} answers`);
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return answers.failed(
        `its name does not resolve (${code})`,
        `correct gitlab:baseUrl in ${stack.fileName}, or this computer's DNS`,
      );
    case "ECONNREFUSED":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
    case "ECONNRESET":
      return answers.failed(
        `no connection (${code})`,
        "check firewalls and the VPN; behind a proxy, set HTTPS_PROXY",
      );
    default:
      return answers.failed(`${code}: ${message}`, "see gitlab.tls");
  }
}

/** What the server shows, and whether it is trusted: by what the stack says, and by public authorities alone. */
interface CertificateFacts {
  readonly error: string | undefined;
  readonly publicly: boolean;
  readonly issuer: string;
  readonly until: Date;
}

async function lookAtCertificate(connection: GitlabConnection): Promise<CertificateFacts> {
  const [own, publicly] = await Promise.all([
    handshake(connection.url, trusted(connection)),
    handshake(connection.url, [...rootCertificates]),
  ]);
  return { ...own, publicly: publicly.error === undefined };
}

function handshake(address: string, ca: string[]): Promise<Omit<CertificateFacts, "publicly">> {
  const { hostname, port } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const isName = !/^[\d.]+$|:/.test(host);
    const socket = connect(
      // Nothing is said over it: the certificate is what is wanted.
      {
        host,
        port: Number(port || 443),
        ca,
        rejectUnauthorized: false,
        ...(isName ? { servername: host } : {}),
      },
      () => {
        const { issuer, valid_to }: PeerCertificate = socket.getPeerCertificate();
        const error = socket.authorized ? undefined : String(socket.authorizationError);
        socket.end();
        resolve({
          error,
          issuer: String(issuer?.CN ?? issuer?.O ?? "an unnamed issuer"),
          until: new Date(valid_to),
        });
      },
    );
    socket.setTimeout(15_000, () =>
      socket.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })),
    );
    socket.on("error", (error: NodeJS.ErrnoException) =>
      reject(new GitlabUnreachable(error.code ?? "UNKNOWN", error.message)),
    );
  });
}

/** @param facts of a handshake; `error` is Node's code, such as `SELF_SIGNED_CERT_IN_CHAIN`. */
export function certificateAnswer(
  stack: Pick<Stack, "name" | "config" | "fileName"> & {
    readonly gitlab: { readonly connection: Pick<GitlabConnection, "insecure"> };
  },
  { error, publicly, issuer, until }: CertificateFacts,
  now: Date,
) {
  const answers = question(SUBJECT, "gitlab.tls", "its certificate is trusted here and on the hosts");
  const by = `issued by ${issuer}, until ${until.toISOString().slice(0, 10)}`;
  if (stack.gitlab.connection.insecure)
    return answers.failed(
      "gitlab:insecure is true: any server that answers receives the token",
      `npm run pulumi -- config rm gitlab:insecure --stack ${stack.name}, and set gitlab:cacertFile to your CA's certificate`,
    );
  if (error === "CERT_HAS_EXPIRED")
    return answers.failed(`it has expired: ${by}`, "ask GitLab's administrators to renew it");
  if (error === "ERR_TLS_CERT_ALTNAME_INVALID")
    return answers.failed(`it is for another name: ${by}`, `correct gitlab:baseUrl in ${stack.fileName}`);
  if (error !== undefined)
    return answers.failed(
      `not trusted here (${error}), ${by}`,
      `npm run pulumi -- config set gitlab:cacertFile /path/to/ca.pem --stack ${stack.name}, and put the certificate into caCertificates of the fleets`,
    );
  const without = publicly
    ? []
    : (stack.config?.fleets ?? []).filter(({ caCertificates }) => caCertificates.length === 0);
  if (without.length > 0)
    return answers.failed(
      `a private CA, which the hosts of ${without.map(({ name }) => name).join(", ")} do not trust: ${by}`,
      `put its certificate into caCertificates of these fleets in ${stack.fileName}`,
    );
  const days = Math.floor((until.getTime() - now.getTime()) / DAY);
  return days < 14
    ? answers.warning(`it expires in ${days} days: ${by}`, "ask GitLab's administrators to renew it")
    : answers.ok(publicly ? by : `a private CA that the stack trusts, ${by}`);
}

/** What a stack needs of GitLab, and since when it is there. */
export interface Feature {
  readonly name: string;
  readonly since: string;
  /** Key whose change makes it unnecessary; none where nothing does. */
  readonly without?: string;
}

/**
 * What is behind a flag that is off at first counts from where it is generally available.
 *
 * @see https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user (16.0)
 * @see https://docs.gitlab.com/ci/yaml/#workflowauto_cancelon_new_commit (16.10)
 * @see https://docs.gitlab.com/ci/yaml/#artifactsaccess (16.11)
 * @see https://docs.gitlab.com/ci/variables/#hide-a-cicd-variable (17.4)
 * @see https://docs.gitlab.com/user/packages/container_registry/protected_container_tags/ (17.11)
 */
export function neededFeatures(config: StackConfig, delivery = false): Feature[] {
  const some = (test: (project: ProjectConfig) => boolean) => config.projects.some(test);
  const features: (Feature | false)[] = [
    { name: "runners by authentication token", since: "16.0.0" },
    config.projects.length > 0 && {
      name: "workflow:auto_cancel (in every generated pipeline)",
      since: "16.10.0",
    },
    some((project) =>
      projectVariables(project, fleetOf(config, project)).some(({ value }) => typeof value !== "string"),
    ) && {
      name: "hidden variables",
      since: "17.4.0",
      without: "a registry with a job token in place of a password",
    },
    delivery && {
      name: "artifacts that only members read (this repository's own pipeline)",
      since: "16.11.0",
    },
    some(({ protection }) => protection?.containers === true) && {
      name: "protected container tags",
      since: "17.11.0",
      without: "protection.containers: false",
    },
  ];
  return features.filter((feature) => feature !== false);
}

/** @param version as GitLab says it: `18.5.1-ee`. */
export function versionAnswer(version: string, features: readonly Feature[]) {
  const answers = question(SUBJECT, "gitlab.version", "its version has what this stack needs");
  const release = coerce(version);
  if (release === null)
    return answers.skipped(`GitLab reports ${version}`, "ask GitLab's administrators which release it is");
  const missing = features.filter(({ since }) => lt(release, since));
  if (missing.length === 0) return answers.ok(version);
  const told = missing.map(({ name, since }) => `${name} since ${since.replace(/\.0$/, "")}`).join(", ");
  const ways = missing.flatMap(({ without }) => without ?? []);
  return answers.failed(
    `${version} lacks: ${told}`,
    `upgrade GitLab${ways.length === missing.length ? `, or set in the stack: ${ways.join("; ")}` : ""}`,
  );
}

/** Runs last, after the requests of all other checks. */
export function quotaAnswer({
  quota,
  answered,
}: {
  readonly quota: Quota | undefined;
  readonly answered: boolean;
}) {
  const answers = question(SUBJECT, "gitlab.quota", "the API's rate limit is not used up");
  if (!answered)
    return answers.skipped(
      "GitLab does not answer",
      "correct what gitlab.reachable reports",
      GITLAB_REACHABLE,
    );
  if (quota === undefined) return answers.ok("GitLab reports no limit");
  const { limit, remaining, reset } = quota;
  const again = reset === undefined ? "" : `; the limit resets at ${reset.toISOString().slice(11, 19)} UTC`;
  const found = `${remaining} of ${limit} left${again}`;
  return remaining * 10 < limit
    ? answers.warning(
        found,
        "wait until the limit resets, and find out what else uses this token or address; on your own GitLab: Admin > Settings > Network > User and IP rate limits",
      )
    : answers.ok(found);
}
