/** Hosts over SSH: the checks of each, and their connections. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { registryHost, registryImage } from "../../config/registries.ts";
import type { FleetConfig, SshEndpointConfig, StackConfig } from "../../config.ts";
import { kindOf, sshHosts } from "../../runner/fleets/kinds.ts";
import { LIBRARY } from "../../runner/host/addresses.ts";
import { hostFiles } from "../../runner/host/files.ts";
import type { HostSettings } from "../../runner/host/settings.ts";
import { hostName } from "../../stack/path.ts";
import { BEFORE_UP, up } from "../applied.ts";
import {
  type Answers,
  CannotCheck,
  type Check,
  type Outcome,
  type PlannedCheck,
  question,
} from "../check.ts";
import { type Facts, HostSession } from "../host-session.ts";
import type { Stack } from "../stack.ts";
import { clockAnswer, FACT_QUESTIONS } from "./host-system.ts";
import { sudoAnswer, wayChecks } from "./host-way.ts";

export interface HostChecks {
  readonly planned: readonly PlannedCheck[];
  /** Closes the connections. */
  close(): Promise<void>;
}

/** The parts of a stack that these checks use. */
export type HostStack = Pick<Stack, "name" | "config" | "environment">;

export function hostChecks(stack: HostStack, applied: Promise<boolean>, now: () => Date): HostChecks {
  const { config } = stack;
  const agent = stack.environment.SSH_AUTH_SOCK;
  const bastions = new Map<string, HostSession>();
  const sessions: HostSession[] = [];
  const planned: PlannedCheck[] = [];
  const bastionOf = (endpoint: SshEndpointConfig): HostSession => {
    const key = `${endpoint.user}@${endpoint.address}:${endpoint.port}`;
    const known = bastions.get(key);
    if (known !== undefined) return known;
    const session = new HostSession(`bastion ${hostName(endpoint)}`, endpoint, agent);
    bastions.set(key, session);
    planned.push(...wayChecks(session));
    return session;
  };
  for (const fleet of config?.fleets ?? [])
    for (const [index, host] of sshHosts(fleet).entries()) {
      if (host.gone || config === undefined) continue;
      const settings = kindOf(fleet).machines(config, fleet)[index]?.settings;
      if (settings === undefined)
        throw new Error(`host ${host.address} has no settings; this is a mistake in the program`);
      const session = new HostSession(
        `host ${hostName(host)}`,
        host,
        agent,
        host.bastion && bastionOf(host.bastion),
      );
      sessions.push(session);
      planned.push(...checksOf({ stack, config, fleet, settings, session, applied, now }));
    }
  return {
    planned,
    close: async () => {
      for (const session of [...sessions, ...bastions.values()]) await session.close();
    },
  };
}

interface HostPlan {
  readonly stack: HostStack;
  readonly config: StackConfig;
  readonly fleet: FleetConfig;
  readonly settings: HostSettings;
  readonly session: HostSession;
  readonly applied: Promise<boolean>;
  readonly now: () => Date;
}

function checksOf(plan: HostPlan): PlannedCheck[] {
  const { session, fleet, now } = plan;
  const { subject, endpoint } = session;
  const targets = fleet.proxy ? {} : targetsOf(plan.config, fleet);
  let asked: Promise<Facts> | undefined;
  const facts = () => {
    asked ??= session.probe(fleet.dataDirectory, targets);
    return asked;
  };
  const check = (id: string, title: string, run: PlannedCheck["run"], seconds = 90): PlannedCheck => ({
    subject,
    id,
    title,
    run,
    seconds,
  });
  return [
    ...wayChecks(session),
    check("host.sudo", "sudo asks for no password", async () =>
      sudoAnswer(subject, endpoint.user, await session.sudo()),
    ),
    check("host.clock", "its clock is right", async (answers) =>
      clockAnswer(answers, await session.clock(now)),
    ),
    ...FACT_QUESTIONS.map(({ id, title, answer }) =>
      check(id, title, async (answers) => answer(answers, await facts(), fleet)),
    ),
    ...Object.entries(targets).map(([name, address]) =>
      check(`host.reaches-${name}`, `it reaches ${address}`, async (answers) =>
        reachAnswer(answers, await facts(), name),
      ),
    ),
    check("host.installed", "it is set up with the stack's current configuration", async (answers) =>
      installedAnswer(answers, await facts(), wantedFiles(plan.settings), {
        applied: await plan.applied,
        stack: plan.stack,
      }),
    ),
    check("host.gitlab-runner", "its runner manager is the pinned version", async (answers) =>
      runnerAnswer(answers, await facts(), fleet, plan.stack),
    ),
    check(
      "host.buildx-doctor",
      "buildx-doctor on the host reports no failure",
      async () => ownDoctor(session, await facts()),
      150,
    ),
  ];
}

/** Addresses that a host must reach, by a name that says what for. */
export function targetsOf(config: StackConfig, fleet: FleetConfig): Record<string, string> {
  const targets: Record<string, string> = { gitlab: origin(config.gitlabUrl) };
  const registries = config.projects
    .filter((project) => project.fleet === fleet.name)
    .flatMap(({ registry, mirrors }) => [registry, ...mirrors])
    .flatMap((registry) => registryImage(registry) ?? [])
    .map((image) => origin(`https://${registryHost(image)}`));
  const hub = fleet.registryMirrors["docker.io"] ?? ["https://registry-1.docker.io"];
  const others = Object.entries(fleet.registryMirrors).flatMap(([registry, addresses]) =>
    registry === "docker.io" ? [] : addresses,
  );
  [...new Set(registries)].forEach((address, index) => {
    targets[index === 0 ? "registry" : `registry-${index + 1}`] = address;
  });
  [...new Set([...hub, ...others].map(origin))].forEach((address, index) => {
    targets[index === 0 ? "images" : `images-${index + 1}`] = address;
  });
  return targets;
}

/** `https://mirror.example.com:443` of `https://mirror.example.com/path`. */
function origin(address: string): string {
  const { protocol, hostname, port } = new URL(address);
  return `${protocol}//${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}

/** curl's exit codes for a certificate that is not trusted, or for another name. @see https://curl.se/libcurl/c/libcurl-errors.html */
const UNTRUSTED = ["51", "60"];

export function reachAnswer(answers: Answers, facts: Facts, name: string): Outcome {
  const reached = facts.get(`reach.${name}`);
  if (reached === undefined)
    throw new CannotCheck("the host did not report it", "log in to the host, and try it with curl");
  if (reached !== "yes")
    return answers.failed(
      "no connection",
      "correct the host's DNS, firewall or routes; behind a proxy, set proxy for the fleet",
    );
  const code = facts.get(`curl.${name}`);
  // Set-up installs the fleet's caCertificates.
  if (code !== undefined && UNTRUSTED.includes(code) && facts.get("installed") === "yes")
    return answers.failed(
      "the host does not trust its certificate",
      "add the CA's certificate to caCertificates of the fleet",
    );
  return answers.ok("connected");
}

const wantedFiles = (settings: HostSettings): ReadonlyMap<string, string> =>
  new Map(
    hostFiles(settings)
      .filter(({ path }) => path.startsWith(`${LIBRARY}/`))
      .map(({ path, content }) => [path, createHash("sha256").update(content).digest("hex")]),
  );

interface Seen {
  readonly applied: boolean;
  readonly stack: Pick<Stack, "name">;
}

/** @param wanted digests of the host's files by path. */
export function installedAnswer(
  answers: Answers,
  facts: Facts,
  wanted: ReadonlyMap<string, string>,
  { applied, stack }: Seen,
): Outcome {
  if (facts.get("installed") !== "yes")
    return applied
      ? answers.failed("it is not set up", `npm run pulumi -- up --refresh --stack ${stack.name}`)
      : answers.skipped(BEFORE_UP, up(stack));
  const other = [...facts].flatMap(([name, digest]) => {
    const path = name.startsWith("file:") ? name.slice("file:".length) : undefined;
    return path !== undefined && wanted.get(path) !== digest ? [path] : [];
  });
  return other.length === 0
    ? answers.ok("as configured")
    : answers.warning(`these files have another configuration: ${other.join(", ")}`, up(stack));
}

export function runnerAnswer(
  answers: Answers,
  facts: Facts,
  { gitlabRunner, name }: Pick<FleetConfig, "gitlabRunner" | "name">,
  stack: Pick<Stack, "name">,
): Outcome {
  const found = facts.get("gitlab-runner");
  if (gitlabRunner === "none")
    return found === undefined
      ? answers.warning(
          "gitlabRunner is none, so the host has no runner manager",
          `set gitlabRunner of fleet ${name} to a version, then: ${up(stack)}`,
        )
      : answers.ok(`${found}, which the stack did not install`);
  if (facts.get("installed") !== "yes") return answers.skipped(BEFORE_UP, up(stack));
  return found === gitlabRunner.version.replace(/^v/, "")
    ? answers.ok(found)
    : answers.failed(
        `it is ${found ?? "not installed"}; the pinned version is ${gitlabRunner.version}`,
        up(stack),
      );
}

/** What `buildx-doctor --json` prints. */
const ownReport = z.object({
  checks: z.array(
    z.object({
      id: z.string(),
      outcome: z.enum(["pass", "fail", "warn", "skip"]),
      sentence: z.string(),
      detail: z.string(),
      remedy: z.string(),
    }),
  ),
});

async function ownDoctor(session: HostSession, facts: Facts): Promise<readonly Check[]> {
  const { subject } = session;
  if (facts.get("installed") !== "yes")
    throw new CannotCheck("the host is not set up", "run pulumi up", session.check("installed"));
  const { stdout, stderr, code } = await session.ownDoctor();
  return ownDoctorAnswers(subject, stdout, stderr.trim() || `exit code ${code}`);
}

/** Reports what the host's doctor found; its passed checks become one line. */
export function ownDoctorAnswers(subject: string, stdout: string, otherwise: string): readonly Check[] {
  const summary = question(subject, "host.buildx-doctor", "buildx-doctor on the host reports no failure");
  let report: z.output<typeof ownReport>;
  try {
    report = ownReport.parse(JSON.parse(stdout));
  } catch {
    return [
      summary.failed(
        `buildx-doctor printed no report: ${otherwise.slice(0, 200)}`,
        "on the host: sudo buildx-doctor",
      ),
    ];
  }
  const told = report.checks.flatMap(({ id, outcome, sentence, detail, remedy }) => {
    const answers = question(subject, `host.buildx-doctor.${id}`, sentence);
    const what = remedy || "on the host: sudo buildx-doctor";
    if (outcome === "fail") return [answers.failed(detail || "the check failed", what)];
    if (outcome === "warn") return [answers.warning(detail || "the check failed", what)];
    return outcome === "skip" ? [answers.skipped(detail || "not checked", what)] : [];
  });
  const passed = report.checks.filter(({ outcome }) => outcome === "pass").length;
  const found = `${passed} of ${report.checks.length} checks passed`;
  return told.some(({ status }) => status === "failed")
    ? [
        summary.failed(
          found,
          "correct the failed checks of host.buildx-doctor; on the host: sudo buildx-doctor",
        ),
        ...told,
      ]
    : [summary.ok(found), ...told];
}
