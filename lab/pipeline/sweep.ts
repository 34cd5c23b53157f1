/** Removes what a pipeline left on the host: gitlab-ci-local cleans up after itself, unless it is killed. */
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../run.ts";
import { endpointOf } from "./endpoint.ts";
import type { PipelineHost, PipelineRunner } from "./runners.ts";

/** Programs that gitlab-ci-local started when it was stopped may still be at work for a moment. */
const attempts = 5;
const pause = 400;

/** Removes everything with this label, and containers that joined a network with it. */
export async function sweep(
  host: PipelineHost,
  runners: readonly PipelineRunner[],
  docker: string,
  label: string,
): Promise<void> {
  for (const socket of new Set(runners.map((runner) => runner.socket))) {
    await using endpoint = await endpointOf(host, socket);
    const call = async (...argv: string[]) => {
      const result = await run(docker, ["--host", endpoint.url, ...argv], { tolerate: true });
      return result.stdout.split("\n").filter((line) => line !== "");
    };
    for (let attempt = 0; attempt < attempts && (await sweepOnce(call, `label=${label}`)); attempt++) {
      await sleep(pause);
    }
  }
}

type Call = (...argv: string[]) => Promise<string[]>;

/**
 * A container that was just being created when its volumes were removed makes them again, without a label. All others
 * of gitlab-ci-local have one, so these belong to no pipeline that is running.
 */
async function volumesMadeAgain(call: Call): Promise<string[]> {
  const format = ["--format", "{{.Name}} {{.Labels}}"];
  const unused = await call("volume", "ls", "--filter", "dangling=true", "--filter", "name=^gcl-", ...format);
  return unused.map((line) => line.trim()).filter((line) => !line.includes(" "));
}

/** @returns whether there was anything. */
async function sweepOnce(call: Call, filter: string): Promise<boolean> {
  const networks = await call("network", "ls", "--quiet", "--filter", filter);
  const containers = await call("ps", "--all", "--quiet", "--filter", filter);
  for (const network of networks) {
    containers.push(...(await call("ps", "--all", "--quiet", "--filter", `network=${network}`)));
  }
  if (containers.length > 0) await call("rm", "--force", "--volumes", ...new Set(containers));
  if (networks.length > 0) await call("network", "rm", ...networks);
  const labelled = await call("volume", "ls", "--quiet", "--filter", filter);
  const volumes = [...labelled, ...(await volumesMadeAgain(call))];
  if (volumes.length > 0) await call("volume", "rm", "--force", ...volumes);
  return containers.length + networks.length + volumes.length > 0;
}
