/** Reaches a Docker socket on the lab's host. */
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { PipelineHost } from "./runners.ts";

export interface Endpoint extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly url: string;
}

/**
 * The host's files are a directory on this computer, and so its sockets can be connected to, with no proxy between
 * that could cut a stream short. The path may be longer than a socket's address can be (108 bytes); a link is not.
 */
export async function endpointOf(host: PipelineHost, socket: string): Promise<Endpoint> {
  const directory = await mkdtemp(path.join(tmpdir(), "buildx-lab-"));
  const link = path.join(directory, "docker.sock");
  await symlink(path.join(host.rootDirectory, socket), link);
  return {
    url: `unix://${link}`,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
