/** What a fleet's machine is configured for, on this computer: GitLab, a mirror of Docker Hub, gitlab-runner's download. */
import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { LabCa } from "../../../lab/ca.ts";
import { type Gitlab, startGitlab } from "../../../lab/gitlab/index.ts";
import { ensureImages } from "../../../lab/images/index.ts";
import { instanceOf } from "../../../lab/machine/instance.ts";
import { mirrorDirectory, runDirectory } from "../../../lab/paths.ts";
import { GitlabClient } from "../../../lab/providers/gitlab/client.ts";
import { startRegistry } from "../../../lab/registry.ts";
import { registrationInput } from "../../../runner/host/registration.ts";
import type { HostSettings } from "../../../runner/host/settings.ts";
import { exampleSettings } from "../../runner/host/settings.ts";
import { BUILDKIT_IMAGE, JOB_IMAGE } from "../host/support.ts";

const VERSION = "18.8.0";
const RUNNER = readFileSync(new URL("./gitlab-runner.py", import.meta.url));

/** New tokens of all the machine's runners, and the payload that hands them over. */
export interface NewTokens {
  readonly tokens: readonly string[];
  readonly payload: string;
}

export interface Services {
  readonly gitlab: Gitlab;
  /** Creates the runner records anew, as a replaced token does. */
  newTokens(): Promise<NewTokens>;
  stop(): Promise<void>;
}

/** Settings of a machine of both levels that uses these services. */
export function fleetSettings(ca: LabCa): HostSettings {
  const { bridgeAddress } = instanceOf();
  const digest = createHash("sha256").update(RUNNER).digest("hex");
  return exampleSettings({
    cloud: { provider: "google", shutdownSeconds: 60, healthCheck: true },
    jobImage: JOB_IMAGE,
    gitlabUrl: `https://${bridgeAddress}:8443`,
    gitlabRunner: {
      version: VERSION,
      url: `http://${bridgeAddress}:5080`,
      sha256: { amd64: digest, arm64: digest },
    },
    registryMirrors: { "docker.io": [`https://${bridgeAddress}:5001`] },
    caCertificates: [ca.caPem],
  });
}

/** Starts them; the machine's network must be there, since they listen on this computer's address in it. */
export async function startServices(ca: LabCa, settings: HostSettings): Promise<Services> {
  const { bridgeAddress } = instanceOf();
  const mirror = await startRegistry({
    address: `${bridgeAddress}:5001`,
    ca,
    dataDirectory: mirrorDirectory,
  });
  const registry = { address: mirror.address, caPath: ca.caPath };
  await ensureImages({ references: [BUILDKIT_IMAGE, JOB_IMAGE], registry });
  const directory = runDirectory("gitlab");
  rmSync(directory, { recursive: true, force: true });
  const tls = await ca.issue("gitlab", { ips: [bridgeAddress] });
  const gitlab = await startGitlab({ address: bridgeAddress, tls, directory });
  const project = await gitlab.createProject("acme/shop", { "README.md": "# Shop\n" });
  const stopDownloads = await serveRunner(bridgeAddress);
  return {
    gitlab,
    newTokens: () => createRunners(gitlab, project.id, ca, settings),
    stop: async () => {
      await stopDownloads();
      await gitlab.stop();
      await mirror.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function createRunners(
  gitlab: Gitlab,
  project: number,
  ca: LabCa,
  { runners }: HostSettings,
): Promise<NewTokens> {
  const client = new GitlabClient({
    baseUrl: gitlab.apiUrl,
    token: gitlab.adminToken,
    caCertificates: ca.caPem,
  });
  const entries = [];
  for (const { name } of runners) {
    const record = { runner_type: "project_type", project_id: project, description: name };
    const { token } = (await client.call("POST", "user/runners", record)) as { token: string };
    entries.push({ name, token });
  }
  return { tokens: entries.map(({ token }) => token), payload: registrationInput(entries) };
}

/** The stand-in for gitlab-runner, where the settings say that the real one is. */
async function serveRunner(address: string): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    const known = request.url?.startsWith(`/${VERSION}/binaries/gitlab-runner-linux-`) ?? false;
    response.writeHead(known ? 200 : 404).end(known ? RUNNER : undefined);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(5080, address, resolve));
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

/** Rules for a machine's own network: nothing outside this computer answers it. */
export function outageOf(): string {
  return `table inet outage {
    chain output {
      type filter hook output priority -10
      oifname "eth0" ip daddr != ${instanceOf().subnet} meta l4proto tcp reject with tcp reset
    }
  }`;
}
