/** What tests do around the pipelines of the lab's project: settings, GitLab, and commands on the host. */
import type { ConfigEntry } from "../../lab/engine/index.ts";
import { type Lab, PROJECT } from "../../lab/lab.ts";
import { callGitlab } from "./gitlab.ts";

/** Makes something in the lab's project as GitLab's administrator. */
export async function post(lab: Lab, path: string, body: Record<string, string>): Promise<void> {
  await callGitlab(lab, "POST", `projects/${encodeURIComponent(PROJECT)}${path}`, body);
}

/** Runs the stack with settings of its project on top of Pulumi.lab.yaml. */
export async function configure(lab: Lab, settings: readonly ConfigEntry[]): Promise<void> {
  const config = settings.map(({ key, ...rest }) => ({ ...rest, key: `buildx-runners:projects[0].${key}` }));
  await (await lab.engine({ config })).up();
}

/** What a command prints on the host, with the open level's Docker, logged in to the registry. */
export async function inHost(lab: Lab, command: string): Promise<string> {
  const { user = "", password = "", address } = lab.registry;
  const { stdout, stderr, exitCode } = await lab.machine.exec(
    `set -eu
    export DOCKER_HOST=unix:///var/lib/buildx/open/docker.sock DOCKER_CONFIG=/root/builds-test
    docker login --username ${user} --password-stdin ${address} >/dev/null 2>&1
    ${command}`,
    { input: password },
  );
  if (exitCode !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
}
